"""Requests to a Discord that counts, refuses and fails: what it sees is what matters."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from typing import TYPE_CHECKING, Any

import nextcord
import pytest
from discord_rest import rest_client
from eventually import eventually
from nextcord.http import Route
from wires import wire_to_discord

from botpod.errors import CredentialRefused, Rejected, Transient
from botpod.gateway.errors import translated
from botpod.gateway.limits import retries
from botpod.gateway.limits.retries import Unconfirmed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from discord_rest import RestClient
    from discord_standin import DiscordChecker

    from botpod_local.discord import DiscordServer

MESSAGES, MESSAGE = "/channels/{channel_id}/messages", "/channels/{channel_id}/messages/{message_id}"
POSTS = f"requests POST {MESSAGES}"
FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"


@pytest.fixture
async def bot(discord: DiscordServer) -> AsyncIterator[RestClient]:
    async with rest_client(discord.api_url, discord.token) as client:
        yield client


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_FIRST_DELAY", 0.02)


def channel(discord: DiscordServer, name: str = "general") -> int:
    return next(one.id for one in discord.world.channels.values() if one.name == name)


def contents(discord: DiscordServer, where: str | int = "general") -> list[str]:
    return [one["content"] for one in discord.looking.messages(where, limit=500)]


async def send(bot: RestClient, where: int, text: str) -> int:
    return await bot.rest.send(where, text, nonce=text[:25], reply_to=None)


async def plain(bot: RestClient, where: int, text: str) -> Any:
    """Send without a nonce."""
    async with translated(credential="discord-token"):
        return await bot.client.http.send_message(where, text)


def interaction(discord: DiscordServer) -> tuple[int, int, str]:
    """Return the application's id, an interaction's, and its token."""
    discord.people.post("general", "ada", "hello")
    sent = discord.interacting.command("general", "ada", "ping")
    found = discord.world.interactions[int(sent["id"])]
    return found.application_id, found.id, found.token


@pytest.fixture
async def asked(discord: DiscordServer, bot: RestClient) -> tuple[int, int, str]:
    command = {"name": "ping", "description": "Ping.", "type": 1, "options": []}
    await bot.rest.overwrite_commands(discord.application.id, [command])
    return interaction(discord)


async def test_bursts_over_many_channels_meet_no_refusal(discord: DiscordServer, bot: RestClient) -> None:
    names = [f"room-{number}" for number in range(40)]
    rooms = [int(discord.building.add_channel(name)["id"]) for name in names]

    await asyncio.gather(*(send(bot, room, f"{room}-{n}"[-25:]) for n in range(3) for room in rooms))
    messages = {room: next(iter(discord.world.channels[room].messages)) for room in rooms[:10]}
    await asyncio.gather(
        *(bot.rest.edit(room, message, str(n)) for n in range(5) for room, message in messages.items())
    )

    assert discord.record.counters["status 429"] == 0
    assert discord.record.counters[POSTS] == 120
    assert discord.record.counters[f"requests PATCH {MESSAGE}"] == 50
    for room in rooms[10:]:
        assert contents(discord, room) == [f"{room}-{n}"[-25:] for n in range(3)]
    for room in rooms[:10]:
        assert contents(discord, room)[0] == "4"


async def test_a_bucket_keeps_the_order_over_many_windows(discord: DiscordServer, bot: RestClient) -> None:
    discord.faults.rate_limit("messages.create", 3, 0.3)
    where = channel(discord)

    await asyncio.gather(*(send(bot, where, str(number)) for number in range(20)))

    said = contents(discord)
    assert len(said) == 20
    # Three that go at once have a connection each, and may arrive in any order.
    assert all(abs(place - int(number)) < 3 for place, number in enumerate(said))
    assert discord.record.counters["status 429"] == 0


async def test_one_full_channel_holds_up_no_other(discord: DiscordServer, bot: RestClient) -> None:
    discord.faults.rate_limit("messages.create", 2, 3.0)
    busy, other = channel(discord), channel(discord, "random")
    waiting = [asyncio.create_task(send(bot, busy, str(number))) for number in range(4)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)

    await asyncio.gather(send(bot, other, "a"), send(bot, other, "b"))

    assert contents(discord, "random") == ["a", "b"]
    assert not waiting[-1].done()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert discord.record.counters["status 429"] == 0


async def test_what_cannot_be_sent_in_time_is_said_at_once(discord: DiscordServer, bot: RestClient) -> None:
    discord.faults.rate_limit("messages.create", 1, 60.0)
    where = channel(discord)
    await send(bot, where, "first")

    with pytest.raises(Transient, match=r"limit for POST /channels/\{\}/messages leaves no room") as raised:
        await asyncio.wait_for(send(bot, where, "second"), 5)

    assert raised.value.retry_after == pytest.approx(60, abs=2)
    assert contents(discord) == ["first"]
    assert discord.record.counters["status 429"] == 0


async def test_who_gives_up_leaves_his_place_to_others(discord: DiscordServer, bot: RestClient) -> None:
    discord.faults.rate_limit("messages.create", 1, 0.3)
    where = channel(discord)
    await send(bot, where, "first")
    given_up = [asyncio.create_task(send(bot, where, f"no {number}")) for number in range(3)]
    last = asyncio.create_task(send(bot, where, "last"))
    await asyncio.sleep(0)
    for task in given_up:
        task.cancel()
    await last

    assert contents(discord) == ["first", "last"]


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
async def test_a_429_is_waited_out_by_those_it_concerns(
    scope: str, discord: DiscordServer, bot: RestClient
) -> None:
    where, other = channel(discord), channel(discord, "random")
    await asyncio.gather(send(bot, where, "a"), send(bot, other, "b"))
    discord.faults.fail(429, method="POST", path=f"/channels/{where}/messages", retry_after=0.5, scope=scope)
    loop = asyncio.get_running_loop()
    began = loop.time()
    took: dict[str, float] = {}

    async def timed(target: int, text: str) -> None:
        await send(bot, target, text)
        took[text] = loop.time() - began

    async with asyncio.TaskGroup() as group:
        group.create_task(timed(where, "c"))
        await eventually(lambda: bot.noted.scopes, every=0.005)
        group.create_task(timed(other, "d"))
        group.create_task(timed(where, "e"))

    assert contents(discord) == ["a", "c", "e"]
    assert min(took["c"], took["e"]) >= 0.5
    assert (took["d"] >= 0.5) == (scope == "global")
    assert bot.noted.scopes == {scope: 1}
    assert discord.record.counters["status 429"] == 1
    assert bot.noted.recent == (0 if scope == "shared" else 1)


async def test_a_429_that_asks_for_too_long_is_not_waited_for(
    discord: DiscordServer, bot: RestClient
) -> None:
    where = channel(discord)
    await send(bot, where, "a")
    discord.faults.fail(429, method="POST", retry_after=120)

    with pytest.raises(Transient) as raised:
        await asyncio.wait_for(send(bot, where, "b"), 5)

    assert raised.value.retry_after == pytest.approx(120, abs=1)


async def test_interactions_are_outside_the_global_limit(
    discord: DiscordServer, bot: RestClient, asked: tuple[int, int, str]
) -> None:
    application, interaction_id, token = asked
    where = channel(discord)
    discord.faults.fail(429, path=f"/channels/{where}/messages", retry_after=20, scope="global")
    stuck = asyncio.create_task(send(bot, where, "later"))
    await discord.record.wait_for(lambda entry: entry.get("status") == 429, after=0)

    async with asyncio.timeout(5):
        await bot.rest.respond(interaction_id, token, "pong", ephemeral=False)
        await bot.rest.follow_up(application, token, "more", ephemeral=False)
    assert contents(discord)[-2:] == ["pong", "more"]
    assert not stuck.done()
    stuck.cancel()
    await asyncio.gather(stuck, return_exceptions=True)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [500, 502, 503, 504, 0])
@pytest.mark.parametrize("done", [False, True])
async def test_a_message_with_a_nonce_is_sent_until_it_is_there_once(
    status: int,
    done: bool,  # noqa: FBT001
    discord: DiscordServer,
    bot: RestClient,
) -> None:
    discord.faults.fail(status, 2, method="POST", path="/channels/*/messages", done=done)

    assert await send(bot, channel(discord), "once")

    assert contents(discord) == ["once"]
    assert discord.record.counters[POSTS] + discord.record.counters["injected"] >= 3
    assert bot.noted.repeats.total() == 2


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [500, 502, 503, 504, 0])
@pytest.mark.parametrize("done", [False, True])
async def test_what_may_have_been_done_is_never_repeated(
    status: int,
    done: bool,  # noqa: FBT001
    discord: DiscordServer,
    bot: RestClient,
    asked: tuple[int, int, str],
) -> None:
    application, interaction_id, token = asked
    await bot.rest.respond(interaction_id, token, "pong", ephemeral=False)
    for path in ("/channels/*/messages", "/webhooks/*"):
        discord.faults.fail(status, method="POST", path=path, done=done)

    with pytest.raises(Unconfirmed, match="again could be twice") as raised:
        await plain(bot, channel(discord), "plain")
    with pytest.raises(Unconfirmed) as other:
        await bot.rest.follow_up(application, token, "follow", ephemeral=False)

    assert not isinstance(raised.value, Transient)
    assert token not in str(other.value)
    said = Counter(contents(discord))
    assert (said["plain"], said["follow"]) == ((1, 1) if done else (0, 0))
    assert bot.noted.repeats.total() == 0


@pytest.mark.usefixtures("quick")
async def test_a_first_answer_to_an_interaction_is_tried_again(
    discord: DiscordServer, bot: RestClient, asked: tuple[int, int, str]
) -> None:
    _, interaction_id, token = asked
    discord.faults.fail(503, 2, path="/interactions/*")

    await bot.rest.respond(interaction_id, token, "pong", ephemeral=False)

    assert contents(discord)[-1] == "pong"


@pytest.mark.usefixtures("quick")
async def test_what_was_deleted_by_an_attempt_without_an_answer_is_deleted(
    discord: DiscordServer, bot: RestClient
) -> None:
    where = channel(discord)
    message = await send(bot, where, "gone")
    discord.faults.fail(502, method="DELETE", done=True)

    async with translated():
        await bot.client.http.delete_message(where, message.id)

    assert contents(discord) == []


@pytest.mark.usefixtures("quick")
async def test_trouble_that_stays_is_said(discord: DiscordServer, bot: RestClient) -> None:
    discord.faults.fail(503, 100, method="GET")

    with pytest.raises(Transient, match="503"):
        await bot.rest.login()

    assert discord.record.counters["injected"] == 1 + retries.RETRIES


@pytest.mark.usefixtures("quick")
async def test_what_never_left_is_always_tried_again(
    discord: DiscordServer, bot: RestClient, unused_tcp_port: int
) -> None:
    Route.BASE = f"http://127.0.0.1:{unused_tcp_port}/api/v10"
    with pytest.raises(Transient, match="can't be reached"):
        await plain(bot, channel(discord), "x")

    assert bot.noted.repeats == {"connection": retries.RETRIES}


async def test_the_token_is_named_and_permissions_are_not(discord: DiscordServer, bot: RestClient) -> None:
    discord.faults.fail(403, path="/channels/*")
    with pytest.raises(Rejected, match="403"):
        await send(bot, channel(discord), "x")
    bot.client.use_token("wrong")
    with pytest.raises(CredentialRefused):
        await bot.rest.login()


async def test_a_storm_of_401_stops_before_the_ban(
    discord: DiscordServer,
) -> None:
    discord.faults.set({"invalid_requests": 50})
    async with rest_client(discord.api_url, discord.token, most_invalid=50) as bot:
        command = {"name": "ping", "description": "Ping.", "type": 1, "options": []}
        await bot.rest.overwrite_commands(discord.application.id, [command])
        _, interaction_id, token = interaction(discord)
        discord.faults.rate_limit("messages.create", 1000, 1.0)
        bot.client.use_token("wrong")
        raised: Counter[str] = Counter()
        for number in range(100):
            try:
                await send(bot, channel(discord), str(number))
            except (CredentialRefused, Transient) as error:
                raised[type(error).__name__] += 1

        assert raised == {"CredentialRefused": 40, "Transient": 60}
        assert "bans an address at 50" in bot.status.notes["invalidRequests"]
        assert bot.noted.recent == 40
        assert discord.record.counters["status 401"] == 40
        # Who waits for an interaction is still answered.
        await bot.rest.respond(interaction_id, token, "pong", ephemeral=False)
        assert contents(discord)[-1] == "pong"


async def test_a_ban_is_told_from_a_limit(discord: DiscordServer, bot: RestClient) -> None:
    discord.faults.set({"invalid_requests": 1})
    discord.faults.fail(403, path="/users/@me")
    with pytest.raises(Rejected):
        await bot.rest.login()

    with pytest.raises(Transient, match="edge"):
        await send(bot, channel(discord), "x")
    with pytest.raises(Transient, match="refuses this address for another"):
        await send(bot, channel(discord), "y")

    assert bot.noted.scopes == {"edge": 1}
    assert "edge refuses this address" in bot.status.notes["invalidRequests"]


async def test_files_and_reasons_arrive_though_the_first_attempt_failed(
    discord: DiscordServer, bot: RestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "_FIRST_DELAY", 0.02)
    discord.faults.fail(502, method="POST", path="/channels/*/messages", done=True)
    where = channel(discord)

    data = await bot.client.http.send_files(
        where, files=[nextcord.File(io.BytesIO(b"0123456789"), "a.txt")], content="file", nonce="n"
    )
    async with translated():
        await bot.client.http.delete_message(where, data["id"], reason="tidied up")

    assert [one["size"] for one in data["attachments"]] == [10]
    assert contents(discord) == []


@pytest.mark.req("CP-49")
async def test_connections_are_used_again(discord: DiscordServer) -> None:
    async with (
        wire_to_discord(discord) as (wire, api_url),
        rest_client(api_url, discord.token) as bot,
    ):
        for number in range(5):
            await send(bot, channel(discord), str(number))

        assert contents(discord) == ["0", "1", "2", "3", "4"]
        assert wire.opened == 1


async def test_nextcords_own_objects_go_the_same_way(
    discord: DiscordServer,
    discord_checker: DiscordChecker,
    bot: RestClient,
    asked: tuple[int, int, str],
) -> None:
    application, interaction_id, token = asked
    await bot.rest.respond(interaction_id, token, "pong", ephemeral=False)
    before = len(bot.noted.waits)

    webhook = nextcord.Webhook.partial(application, token, session=bot.client.http.session)
    # nextcord edits with a field that Discord's description doesn't have there.
    with discord_checker.forgiving():
        sent = await webhook.send("by nextcord", wait=True)
        await sent.edit(content="edited by nextcord")

    assert contents(discord)[-1] == "edited by nextcord"
    assert len(bot.noted.waits) == before + 2
