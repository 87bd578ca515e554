"""What people on Discord see of the bot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway import ports

if TYPE_CHECKING:
    from bot_on_discord import StartBot

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer

SUPPRESS_EMBEDS, EPHEMERAL = 4, 64
ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"


@pytest.mark.req("CL-01", "AC-01")
async def test_a_mention_is_answered_by_a_reply(discord: DiscordServer, start_bot: StartBot) -> None:
    bot = await start_bot()

    asked = discord.people.post("general", "ada", f"{bot.mention} hello")
    await bot.says("You said: hello")

    (reply,) = bot.replies()
    assert reply["message_reference"]["message_id"] == asked["id"]
    assert reply["nonce"] == f"{asked['id']}.0"


@pytest.mark.req("CL-02")
@pytest.mark.partly("AC-13", lacks="the variable COMMAND_PREFIX is the one-host form's")
async def test_direct_messages_and_typed_commands_are_answered(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()

    discord.people.post("@hello", "ada", "in private")
    discord.people.post("general", "linus", "!ask by command")
    discord.people.post("general", "linus", "just talking")

    await bot.says("You said: by command")
    await bot.says("You said: in private", channel="@hello", user="ada")


async def test_other_bots_and_itself_are_ignored(discord: DiscordServer, start_bot: StartBot) -> None:
    async def answer_with_a_command(request: Request, reply: ReplyPort) -> None:
        await reply.send(f"!ask {request.text}!")

    bot = await start_bot(handle=answer_with_a_command)
    discord.building.add_bot("other", guilds=["Botpod"])
    discord.people.post("general", "other", f"{bot.mention} hi from a bot")
    discord.people.post("general", "ada", "!ask x")

    await bot.says("!ask x!")
    discord.people.post("general", "ada", "!ask y")
    await bot.says("!ask x!", "!ask y!")


async def test_nobody_is_pinged_by_what_a_model_writes(discord: DiscordServer, start_bot: StartBot) -> None:
    ada = next(user for user in discord.world.users.values() if user.username == "ada")
    linus = next(user for user in discord.world.users.values() if user.username == "linus")
    bot = await start_bot()

    discord.people.post("general", "ada", f"{bot.mention} @everyone <@{linus.id}>")
    await eventually(bot.said)

    (reply,) = bot.replies()
    assert not reply["mention_everyone"]
    assert [user["id"] for user in reply["mentions"]] == [str(ada.id)]


async def test_a_reply_to_a_deleted_message_is_still_sent(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    gone = asyncio.Event()

    async def wait(_: Request, reply: ReplyPort) -> None:
        await gone.wait()
        await reply.send("still here")

    bot = await start_bot(handle=wait)
    asked = discord.people.post("general", "ada", "!ask x")
    await eventually(lambda: bot.dispatcher.unfinished)
    discord.people.delete("general", asked["id"], "ada")
    gone.set()

    await bot.says("still here")


async def test_the_same_part_sent_twice_makes_one_message(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    ids: list[int] = []

    async def twice(_: Request, reply: ReplyPort) -> None:
        ids.append(await reply.send("one", part=0))
        ids.append(await reply.send("one", part=0))
        ids.append(await reply.send("two", part=1))

    bot = await start_bot(handle=twice)
    discord.people.post("general", "ada", "!ask x")

    await bot.says("one", "two")
    await eventually(lambda: len(ids) == 3)
    assert ids[0] == ids[1] != ids[2]


async def test_an_answer_can_be_edited(discord: DiscordServer, start_bot: StartBot) -> None:
    async def edit(_: Request, reply: ReplyPort) -> None:
        message = await reply.send("first")
        await reply.edit(message, "second")

    bot = await start_bot(handle=edit)
    discord.people.post("general", "ada", "!ask x")
    discord.interacting.command("random", "ada", "ping")

    await eventually(lambda: bot.said() == ["second"])
    await eventually(lambda: bot.said("random") == ["second"])


async def test_typing_shows_while_an_answer_is_written(discord: DiscordServer, start_bot: StartBot) -> None:
    async def think(_: Request, reply: ReplyPort) -> None:
        async with reply.typing():
            await eventually(lambda: discord.record.counters["requests POST /channels/{channel_id}/typing"])
        await reply.send("done")

    bot = await start_bot(handle=think)
    discord.people.post("general", "ada", "!ask x")

    await bot.says("done")


@pytest.mark.req("CL-02", "CP-55")
async def test_a_quick_slash_command_is_answered_at_once(discord: DiscordServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    discord.interacting.command("general", "ada", "ask", {"text": "hi"})

    await bot.says("You said: hi")
    assert discord.record.counters[f"requests PATCH {ORIGINAL}"] == 0


async def test_a_slow_slash_command_is_deferred_in_time(
    discord: DiscordServer, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "DEFER_SECONDS", 0.1)

    async def slow(_: Request, reply: ReplyPort) -> None:
        await eventually(bot.replies)
        assert bot.said() == [""]
        await reply.send("at last")
        await reply.send("and more")

    bot = await start_bot(handle=slow)
    discord.interacting.command("general", "ada", "ask", {"text": "hi"})

    await bot.says("at last", "and more")


async def test_a_slash_command_that_comes_late_is_deferred_in_time_all_the_same(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    async def slow(_: Request, reply: ReplyPort) -> None:
        await eventually(bot.replies)
        await reply.send("at last")

    bot = await start_bot(handle=slow)
    # As when its shard has no owner for so long; REST is as quick as ever.
    discord.faults.slow(1.9)
    discord.interacting.command("general", "ada", "ask", {"text": "hi"})

    # Until then the "thinking" stands there.
    await eventually(lambda: bot.said() == ["at last"])


@given(age=st.floats(-10.0, 10.0))
def test_interactions_are_deferred_while_there_is_time_wherever_there_is_some(age: float) -> None:
    left = ports.defer_in(age)
    assert 0 <= left <= ports.DEFER_SECONDS
    assert left == 0 if age >= ports.LATEST_SECONDS else age + left <= ports.LATEST_SECONDS + 1e-9


async def test_thinking_shows_at_once_when_a_skill_asks_for_it(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    async def think(_: Request, reply: ReplyPort) -> None:
        async with reply.typing():
            assert bot.said() == [""]
            await reply.send("done")

    bot = await start_bot(handle=think)
    discord.interacting.command("general", "ada", "ping")

    await eventually(lambda: bot.said() == ["done"])


async def test_a_thinking_without_an_answer_is_taken_away(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    async def think(_: Request, reply: ReplyPort) -> None:
        async with reply.typing():
            assert bot.said() == [""]

    bot = await start_bot(handle=think)
    discord.interacting.command("general", "ada", "ping")

    await eventually(lambda: discord.record.counters[f"requests DELETE {ORIGINAL}"])
    await eventually(lambda: bot.said() == [])


async def test_the_limits_notice_to_a_slash_command_is_private(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot(limits={"messagesPerUser": 1})
    for text in ("one", "two"):
        discord.interacting.command("general", "ada", "ask", {"text": text})
    await eventually(lambda: len(bot.replies()) == 2)

    (private,) = [one for one in bot.replies() if one["flags"] & EPHEMERAL]
    assert "faster than I can answer" in private["content"]
    assert bot.said(user="linus") == ["You said: one"]


async def test_what_concerns_one_person_is_private_after_a_thinking_that_all_saw(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    async def fail(_: Request, reply: ReplyPort) -> None:
        async with reply.typing():
            assert bot.said() == [""]
            raise ValueError

    bot = await start_bot(handle=fail)
    discord.interacting.command("general", "ada", "ping")
    await eventually(lambda: [one for one in bot.replies() if one["content"]])

    (private,) = bot.replies()
    assert private["flags"] & EPHEMERAL
    assert "something went wrong on my side" in private["content"]
    assert bot.said(user="linus") == []


@pytest.mark.attack("unfolding_link")
async def test_a_link_in_an_answer_is_not_fetched_by_discord(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    async def link(request: Request, reply: ReplyPort) -> None:
        message = await reply.send("look")
        await reply.edit(message, f"look https://evil.example/?told={request.text}")

    bot = await start_bot(handle=link)
    discord.people.post("general", "ada", "!ask secret")
    discord.interacting.command("general", "ada", "ask", {"text": "secret"})
    await eventually(lambda: [one for one in bot.said() if "evil.example" in one][1:])

    assert all(one["flags"] & SUPPRESS_EMBEDS for one in bot.replies())


@pytest.mark.req("CL-22")
async def test_twenty_channels_are_answered_in_parallel(discord: DiscordServer, start_bot: StartBot) -> None:
    names = [f"room-{number}" for number in range(20)]
    for name in names:
        discord.building.add_channel(name)
    bot = await start_bot()
    loop = asyncio.get_running_loop()
    for round_ in (1, 2):
        began = loop.time()
        for name in names:
            discord.people.post(name, "ada", f"!ask {round_}")
        await eventually(lambda: all(len(bot.said(name)) == round_ for name in names))  # noqa: B023
        took = loop.time() - began

    began = loop.time()
    for number in range(6):
        discord.people.post("general", "ada", f"!ask {number}")
    await eventually(lambda: len(bot.said()) == 6, seconds=30)
    # With one limiter for all channels it would be the other way round.
    assert took < loop.time() - began
    assert discord.record.counters["status 429"] == 0
