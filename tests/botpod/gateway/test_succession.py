"""A session with a new token takes the place of one that lingers with the old."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pod_state import LEASE

from botpod.gateway import succession, turns
from botpod.status import ShardState

if TYPE_CHECKING:
    from bot_on_discord import Bot, StartBot
    from pod_state import MakePod

    from botpod_local.discord import DiscordServer


async def reset(discord: DiscordServer, bot: Bot, *, deliver: str | None = None) -> str:
    """Reset the token and bring the new one, or what is said to be the new one."""
    token: str = discord.faults.reset_token(linger=True)["token"]
    bot.token[0] = deliver or token
    await bot.gateway.take_up_token()
    return token


async def swapped(discord: DiscordServer) -> None:
    """Wait until the only session is one with the new token."""
    await eventually(lambda: [one["lingers"] for one in discord.looking.sessions()] == [False])


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions begin one right after the other."""
    monkeypatch.setattr(turns, "INTERVAL", 0.0)


@pytest.mark.usefixtures("turn")
async def test_it_is_heard_all_the_time_and_nothing_twice(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    discord.faults.latency(0.1)
    await reset(discord, bot)
    asked = 0
    while len(discord.looking.sessions()) < 2:
        asked += 1
        discord.people.post("general", "ada", f"!ask {asked}")
        await asyncio.sleep(0.02)
    # On its way to both: a session hears what happens from its beginning on, its client somewhat later.
    discord.people.post("general", "ada", "!ask both")
    await swapped(discord)
    discord.people.post("general", "ada", "!ask after")

    await bot.says(*(f"You said: {one}" for one in [*range(1, asked + 1), "both", "after"]))
    closed = discord.record.entries(kind="close")
    assert [entry["code"] for entry in closed] == [1000]
    assert not bot.after
    assert bot.heard.gaps == []


@pytest.mark.usefixtures("turn")
async def test_a_token_that_is_refused_leaves_the_old_session_alone(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    right = await reset(discord, bot, deliver="wrong")
    await eventually(lambda: [entry["code"] for entry in discord.record.entries(kind="close")] == [4004])
    discord.people.post("general", "ada", "!ask me")
    bot.token[0] = right
    await bot.gateway.take_up_token()
    await swapped(discord)

    await bot.says("You said: me")
    # The wrong one was tried once.
    assert discord.record.counters["identifies"] == 3
    assert not bot.after


async def test_a_session_that_dies_before_its_successors_turn_is_begun_anew(
    discord: DiscordServer, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "INTERVAL", 1.0)
    bot = await start_bot()
    await reset(discord, bot)
    discord.faults.end_lingering()
    await eventually(lambda: discord.record.entries(kind="close"))
    await swapped(discord)
    await eventually(lambda: bot.status.shards[0].state is ShardState.CONNECTED)

    assert discord.record.counters["identifies"] == 2
    discord.people.post("general", "ada", "!ask me")
    await bot.says("You said: me")


@pytest.mark.usefixtures("turn")
async def test_a_successor_that_comes_to_nothing_is_tried_again(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    discord.faults.refuse_identifies(2)
    await reset(discord, bot)
    discord.people.post("general", "ada", "!ask meanwhile")
    await bot.says("You said: meanwhile")
    await swapped(discord)

    assert discord.record.counters["identifies"] == 4
    assert not bot.after


@pytest.mark.usefixtures("turn")
async def test_who_stops_while_both_are_heard_leaves_the_new_one_to_be_resumed(
    discord: DiscordServer,
    start_bot: StartBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "botpod.gateway.shard")
    monkeypatch.setattr(succession, "BOTH_SECONDS", 60.0)
    bot = await start_bot()
    await reset(discord, bot)
    await eventually(lambda: len(discord.looking.sessions()) == 2)
    new = next(one["id"] for one in discord.looking.sessions() if not one["lingers"])
    # The bot has heard of it, too.
    await eventually(lambda: caplog.text.count("A shard is connected.") == 2)
    await bot.stop()

    assert new in {one["id"] for one in discord.looking.sessions() if not one["connected"]}


@pytest.mark.usefixtures("turn")
async def test_one_that_another_pod_began_with_the_old_token_is_replaced(
    discord: DiscordServer, start_bot: StartBot, pods: MakePod
) -> None:
    discord.faults.rate_limit("gateway", 100, 1.0)

    async def start(pod: str) -> Bot:
        bot = await start_bot(shares=pods(pod), shards={"minimum": 1, "leaseSeconds": LEASE})
        await eventually(lambda: {one.state for one in bot.status.shards.values()} == {ShardState.CONNECTED})
        return bot

    first = await start("a")
    discord.faults.reset_token(linger=True)
    await first.stop()
    second = await start("b")
    await eventually(lambda: discord.record.counters["identifies"] == 2)
    await eventually(lambda: [one["connected"] for one in discord.looking.sessions()] == [True])
    discord.people.post("general", "ada", "!ask after")
    await second.says("You said: after")
    # One that was begun with the token in use is left alone.
    await second.stop()
    third = await start("c")
    discord.people.post("general", "ada", "!ask once more")
    await third.says("You said: after", "You said: once more")
    assert discord.record.counters["identifies"] == 2
