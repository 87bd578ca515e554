"""Who may use which command, known to a process that resumed and was told nothing."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually
from pod_state import pod_shares

from botpod.gateway import turns
from botpod.skills.protocol import Command, Manifest
from botpod.status import ShardState
from botpod_local.discord.control.finding import ControlError
from botpod_local.discord.world.records import Overwrite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot_on_discord import Bot, StartBot
    from redis_server import RedisServer

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer

LEASE = 1.5
"""Longer than a busy machine may keep a pod from renewing it: nothing is taken over here but at the start."""
EPHEMERAL = 64
MANAGE_MESSAGES = 1 << 13
GET_GUILD, GET_CHANNEL, GET_MEMBER = (
    f"requests GET {path}"
    for path in ("/guilds/{guild_id}", "/channels/{channel_id}", "/guilds/{guild_id}/members/{user_id}")
)
MANIFEST = Manifest(
    name="echo",
    description="Cleans up.",
    commands=(
        Command(name="purge", description="Purge.", requires=frozenset({"MANAGE_MESSAGES"})),
        Command(name="ping", description="Ping."),
    ),
)
LACKS = "`{}purge` needs the permission Manage Messages."
UNCHECKED = "I could not check whether you may use `!purge`. Please try again in a minute."


async def obey(request: Request, reply: ReplyPort) -> None:
    await reply.send(f"{request.author.name} used {request.command}")


@pytest.fixture
async def resumed(
    discord: DiscordServer, start_bot: StartBot, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bot]:
    """A pod that went on with the session of another one, and was never told of any guild."""
    monkeypatch.setattr(turns, "INTERVAL", 0.0)
    for bucket in ("gateway", "messages.create"):
        discord.faults.rate_limit(bucket, 100, 1.0)

    async with AsyncExitStack() as stack:

        async def start(name: str) -> Bot:
            shares = pod_shares(redis_server.url, pod=name, lease_seconds=LEASE)
            stack.push_async_callback(shares.state.close)
            shards = {"minimum": 1, "leaseSeconds": LEASE}
            bot = await start_bot(shares=shares, shards=shards, manifest=MANIFEST, handle=obey)
            states = bot.status.shards
            await eventually(lambda: {one.state for one in states.values()} == {ShardState.CONNECTED})
            return bot

        first = await start("a")
        await eventually(lambda: len(discord.looking.commands()) == len(MANIFEST.commands))
        await first.stop()
        second = await start("b")
        assert (discord.record.counters["identifies"], discord.record.counters["resumes"]) == (1, 1)
        yield second
        await second.stop()


@pytest.fixture(autouse=True)
def _moderators(discord: DiscordServer) -> None:
    """Linus is one of them; Ada owns the server, Grace and Alan have no role."""
    discord.building.add_role("mods", permissions=MANAGE_MESSAGES)
    discord.building.give_role("linus", "mods")


def role(discord: DiscordServer, name: str) -> int:
    (guild,) = discord.world.guilds.values()
    return next(one.id for one in guild.roles.values() if one.name == name)


def person(discord: DiscordServer, name: str) -> int:
    return next(user.id for user in discord.world.users.values() if user.username == name)


def except_for(discord: DiscordServer, channel: str, *overwrites: Overwrite) -> None:
    discord.building.add_channel(channel)
    (place,) = (one for one in discord.world.channels.values() if one.name == channel)
    place.overwrites = list(overwrites)


def denied(discord: DiscordServer, channel: str) -> None:
    """Take from the moderators in a channel what they may elsewhere."""
    except_for(discord, channel, Overwrite(id=role(discord, "mods"), kind=0, deny=MANAGE_MESSAGES))


def allowed_to_grace(discord: DiscordServer, channel: str) -> None:
    except_for(discord, channel, Overwrite(id=person(discord, "grace"), kind=1, allow=MANAGE_MESSAGES))


def by_message(discord: DiscordServer, channel: str, user: str) -> None:
    discord.people.post(channel, user, "!purge")


def by_command(discord: DiscordServer, channel: str, user: str) -> None:
    # As where a server's administrators have offered it to everybody.
    for command in discord.application.commands.values():
        command["default_member_permissions"] = None
    discord.interacting.command(channel, user, "purge")


async def said_next(bot: Bot, channel: str, do: Callable[[], object]) -> dict[str, Any]:
    """Return what the bot says after ``do``, which is one thing."""
    before = len(bot.replies(channel))
    do()
    await eventually(lambda: len(bot.replies(channel)) > before and not bot.dispatcher.unfinished, seconds=30)
    (reply,) = bot.replies(channel)[before:]
    return reply


@pytest.mark.partly("CL-32", lacks="no command that ships requires a permission yet")
@pytest.mark.parametrize(("use", "sign"), [(by_message, "!"), (by_command, "/")])
async def test_a_resumed_pod_obeys_those_who_may_and_tells_the_others_what_they_lack(
    use: Callable[[DiscordServer, str, str], None], sign: str, discord: DiscordServer, resumed: Bot
) -> None:
    denied(discord, "calm")
    allowed_to_grace(discord, "graces")
    thread = discord.people.open_thread("graces", "alan", "a thread")["id"]
    calm_thread = discord.people.open_thread("calm", "alan", "a calm thread")["id"]

    for channel, user, may in (
        ("general", "linus", True),
        ("general", "grace", False),
        ("general", "ada", True),
        ("calm", "linus", False),
        ("calm", "ada", True),
        ("graces", "grace", True),
        ("graces", "alan", False),
        (thread, "grace", True),
        (thread, "alan", False),
        (thread, "linus", True),
        (calm_thread, "linus", False),
    ):
        reply = await said_next(resumed, channel, lambda: use(discord, channel, user))  # noqa: B023
        expected = f"{user.title()} used purge" if may else LACKS.format(sign)
        assert (channel, user, reply["content"]) == (channel, user, expected)
        assert bool(reply["flags"] & EPHEMERAL) == (not may and sign == "/")

    assert resumed.requests.refusals == ["permission"] * 5
    assert discord.record.counters["identifies"] == 1


async def test_what_came_with_a_command_is_asked_for_nowhere(discord: DiscordServer, resumed: Bot) -> None:
    await said_next(resumed, "general", lambda: by_command(discord, "general", "linus"))
    await said_next(resumed, "general", lambda: discord.people.post("general", "grace", "!ping"))

    assert not {GET_GUILD, GET_CHANNEL} & {name for name, count in discord.record.counters.items() if count}


async def test_discord_is_asked_once_for_many_at_once_and_soon_after(
    discord: DiscordServer, resumed: Bot
) -> None:
    thread = discord.people.open_thread("general", "alan", "a thread")["id"]
    for user in ("linus", "grace", "alan", "ada"):
        by_message(discord, "general", user)
        by_message(discord, thread, user)
    await eventually(lambda: len(resumed.said()) + len(resumed.said(thread)) == 8)
    await said_next(resumed, "general", lambda: by_message(discord, "general", "grace"))

    counters = discord.record.counters
    # The thread, and its parent, which is the channel.
    assert (counters[GET_GUILD], counters[GET_CHANNEL], counters[GET_MEMBER]) == (1, 2, 0)


@pytest.mark.partly("CL-32", lacks="no command that ships requires a permission yet")
async def test_a_role_counts_as_soon_as_it_is_given_and_no_longer_than_it_is_had(
    discord: DiscordServer, resumed: Bot
) -> None:
    (guild,) = discord.world.guilds.values()
    refused = await said_next(resumed, "general", lambda: by_message(discord, "general", "grace"))
    discord.building.give_role("grace", "mods")
    obeyed = await said_next(resumed, "general", lambda: by_message(discord, "general", "grace"))
    guild.members[person(discord, "grace")].roles.clear()
    again = await said_next(resumed, "general", lambda: by_message(discord, "general", "grace"))

    said = [one["content"] for one in (refused, obeyed, again)]
    assert said == [LACKS.format("!"), "Grace used purge", LACKS.format("!")]


@pytest.mark.partly("CL-32", lacks="no command that ships requires a permission yet")
@pytest.mark.parametrize("path", ["/guilds/*", "/channels/*"])
@pytest.mark.parametrize("status", [500, 403])
async def test_where_discord_does_not_tell_nobody_is_obeyed(
    path: str, status: int, discord: DiscordServer, resumed: Bot
) -> None:
    discord.faults.fail(status, count=50, method="GET", path=path)
    reply = await said_next(resumed, "general", lambda: by_message(discord, "general", "ada"))
    assert reply["content"] == UNCHECKED
    assert resumed.requests.refusals == ["unchecked"]

    discord.faults.heal()
    reply = await said_next(resumed, "general", lambda: by_message(discord, "general", "ada"))
    assert reply["content"] == "Ada used purge"


async def test_in_a_direct_message_it_is_neither_offered_nor_obeyed(
    discord: DiscordServer, resumed: Bot
) -> None:
    me = discord.world.users[discord.application.bot_user_id].username
    direct = discord.people.open_dm("ada", me)["id"]

    reply = await said_next(resumed, direct, lambda: by_message(discord, direct, "ada"))

    assert reply["content"] == "`!purge` can only be used in a server."
    with pytest.raises(ControlError, match="purge"):
        discord.interacting.command(direct, "ada", "purge")
    discord.interacting.command(direct, "ada", "ping")


@pytest.mark.partly("CL-32", lacks="no command that ships requires a permission yet")
async def test_a_command_is_offered_only_to_those_who_have_what_it_requires(
    discord: DiscordServer, resumed: Bot
) -> None:
    with pytest.raises(ControlError, match="purge"):
        discord.interacting.command("general", "grace", "purge")

    reply = await said_next(
        resumed, "general", lambda: discord.interacting.command("general", "linus", "purge")
    )
    assert reply["content"] == "Linus used purge"


@pytest.mark.partly("CL-32", lacks="no command that ships requires a permission yet")
async def test_of_messages_that_were_asked_for_later_the_roles_are_asked_for_too(
    discord: DiscordServer, resumed: Bot
) -> None:
    await said_next(resumed, "general", lambda: by_message(discord, "general", "linus"))
    # What is written now comes with no session.
    discord.faults.invalidate()
    discord.people.post("random", "linus", "!purge")
    discord.people.post("random", "grace", "!purge")

    await eventually(lambda: len(resumed.said("random")) == 2, seconds=20)
    assert sorted(resumed.said("random")) == ["Linus used purge", LACKS.format("!")]
    assert discord.record.counters[GET_MEMBER] == 2
