"""A session is lost, and people write until the next one begins: they are answered, once and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pod_state import LEASE

from botpod.gateway import turns
from botpod.status import ShardState

if TYPE_CHECKING:
    from bot_on_discord import Bot, StartBot
    from pod_state import MakePod

    from botpod_local.discord import DiscordServer


@pytest.fixture(autouse=True)
def _quick_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "INTERVAL", 0.02)


def everybody_asks(discord: DiscordServer) -> None:
    discord.people.post("general", "ada", "!ask one")
    discord.people.post("general", "linus", "nobody is asked here")
    discord.people.post("general", "ada", "!ask two")


async def connected(bot: Bot) -> None:
    await eventually(lambda: all(one.state is ShardState.CONNECTED for one in bot.status.shards.values()))


async def test_what_was_written_without_a_session_is_answered_in_order(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    discord.people.post("general", "ada", "!ask zero")
    await bot.says("You said: zero")

    discord.faults.invalidate()
    everybody_asks(discord)
    discord.building.add_channel("later")
    discord.people.post("later", "linus", "!ask three")

    await bot.says("You said: three", channel="later")
    await eventually(lambda: len(bot.said()) == 3)
    discord.people.post("general", "ada", "!ask four")
    await eventually(lambda: len(bot.said()) == 4)
    assert bot.said() == [f"You said: {word}" for word in ("zero", "one", "two", "four")]


async def test_what_comes_meanwhile_waits_for_what_came_before(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    discord.faults.fail(503, 2, method="GET", path="/channels/*/messages", delay=0.3)

    discord.faults.invalidate()
    everybody_asks(discord)
    await eventually(lambda: bot.after)
    await connected(bot)
    discord.people.post("general", "ada", "!ask three")
    discord.interacting.command("general", "ada", "ask", {"text": "now"})

    await eventually(lambda: len(bot.said()) == 4)
    said = bot.said()
    assert said[0] == "You said: now"  # a command has three seconds
    assert said[1:] == [f"You said: {word}" for word in ("one", "two", "three")]


async def test_direct_messages_and_threads_are_asked_for_too(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    me = discord.world.users[discord.application.bot_user_id].username
    direct = discord.people.open_dm("ada", me)["id"]
    discord.people.post(direct, "ada", "hello")
    await eventually(lambda: bot.said(direct))
    thread = discord.people.open_thread("general", "ada", "a thread")["id"]

    discord.faults.invalidate()
    discord.people.post(direct, "ada", "still there?")
    discord.people.post(thread, "ada", "!ask here")

    await eventually(lambda: bot.said(direct) == ["You said: hello", "You said: still there?"])
    await eventually(lambda: bot.said(thread) == ["You said: here"])


async def test_a_channel_that_may_not_be_read_keeps_nobody_waiting(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    discord.building.add_channel("secret")
    secret = next(c.id for c in discord.world.channels.values() if c.name == "secret")
    discord.faults.fail(403, 100, method="GET", path=f"/channels/{secret}/messages")

    discord.faults.invalidate()
    discord.people.post("secret", "ada", "!ask one")
    everybody_asks(discord)

    await eventually(lambda: bot.said() == ["You said: one", "You said: two"])
    discord.people.post("secret", "ada", "!ask two")
    await bot.says("You said: two", channel="secret")


async def test_the_next_owner_asks_for_what_was_written_while_nobody_was_there(
    discord: DiscordServer, start_bot: StartBot, pods: MakePod
) -> None:
    async def pod(name: str) -> Bot:
        bot = await start_bot(shares=pods(name), shards={"minimum": 2, "leaseSeconds": LEASE})
        await eventually(lambda: len(bot.status.shards) == 2)
        await connected(bot)
        return bot

    first = await pod("a")
    discord.people.post("general", "ada", "!ask zero")
    await first.says("You said: zero")
    await first.stop()
    discord.faults.forget_sessions()
    everybody_asks(discord)

    second = await pod("b")
    await eventually(lambda: len(second.said()) == 3)
    discord.people.post("general", "ada", "!ask three")
    await eventually(lambda: len(second.said()) == 4)
    assert second.said() == [f"You said: {word}" for word in ("zero", "one", "two", "three")]
