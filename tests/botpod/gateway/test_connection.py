"""Connections end in every way Discord knows; the bot goes on, resumes where it may, and loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eventually import eventually

from botpod.gateway import socket, turns
from botpod.gateway.policy import Next
from botpod.status import ShardState

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot_on_discord import Bot, StartBot

    from botpod_local.discord import DiscordServer


@pytest.fixture(autouse=True)
def _quick_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "INTERVAL", 0.02)


async def connected_again(bot: Bot, count: int = 1) -> None:
    await eventually(lambda: len(bot.after) >= count)
    await eventually(lambda: all(one.state is ShardState.CONNECTED for one in bot.status.shards.values()))


BREAKS: dict[str, Callable[[DiscordServer], object]] = {
    "cut": lambda discord: discord.faults.cut(),
    "4000": lambda discord: discord.faults.close(4000),
    "1001": lambda discord: discord.faults.close(1001),
    "4008": lambda discord: discord.faults.close(4008),
    "op 7": lambda discord: discord.faults.reconnect(),
    "op 9 true": lambda discord: discord.faults.invalidate(resumable=True),
}


@pytest.mark.req("CP-57")
@pytest.mark.parametrize("how", list(BREAKS))
async def test_a_broken_connection_is_resumed_and_nothing_is_lost(
    how: str, discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    discord.people.post("general", "ada", "!ask before")
    await bot.says("You said: before")

    BREAKS[how](discord)
    discord.people.post("general", "ada", "!ask between")
    await connected_again(bot)
    discord.people.post("general", "ada", "!ask after")

    await bot.says("You said: before", "You said: between", "You said: after")
    assert discord.record.counters["identifies"] == 1
    assert bot.after == [Next.RESUME]
    assert len(bot.heard.gaps) == 1
    assert bot.status.latencies[0]() < 60


@pytest.mark.parametrize(
    ("how", "begin"),
    [
        ("op 9 false", lambda discord: discord.faults.invalidate()),
        ("4007", lambda discord: discord.faults.close(4007)),
        ("4009", lambda discord: discord.faults.close(4009)),
    ],
)
async def test_where_resuming_is_pointless_a_new_session_begins(
    how: str,  # noqa: ARG001 - names the case
    begin: Callable[[DiscordServer], object],
    discord: DiscordServer,
    start_bot: StartBot,
) -> None:
    bot = await start_bot()

    begin(discord)
    await connected_again(bot)
    discord.people.post("general", "ada", "!ask after")

    await bot.says("You said: after")
    assert bot.after == [Next.IDENTIFY]


async def test_a_session_that_discord_forgot_is_begun_anew(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    discord.settings.resume_seconds = 0
    bot = await start_bot()

    discord.faults.cut()
    await connected_again(bot, 2)

    assert bot.after == [Next.RESUME, Next.IDENTIFY]
    discord.people.post("general", "ada", "!ask after")
    await bot.says("You said: after")


async def test_a_resume_that_is_never_answered_is_given_up_and_nothing_is_lost(
    discord: DiscordServer, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "ANSWER_SECONDS", 0.3)
    bot = await start_bot()
    discord.people.post("general", "ada", "!ask before")
    await bot.says("You said: before")

    discord.faults.ignore_resumes(1)
    discord.faults.cut()
    discord.people.post("general", "ada", "!ask between")
    await connected_again(bot, 2)
    discord.people.post("general", "ada", "!ask after")

    await bot.says("You said: before", "You said: between", "You said: after")
    assert bot.after == [Next.RESUME, Next.IDENTIFY]


async def test_a_connection_that_falls_silent_is_ended_and_resumed(
    discord: DiscordServer, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "ACK_SECONDS", 0.5)
    discord.settings.heartbeat_interval_ms, discord.settings.heartbeat_grace = 400, 100.0
    bot = await start_bot()

    discord.faults.stall()
    discord.people.post("general", "ada", "!ask between")
    await connected_again(bot)

    await bot.says("You said: between")
    assert bot.after == [Next.RESUME]


async def test_a_flapping_connection_is_given_time(discord: DiscordServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    for count in range(1, 4):
        discord.faults.cut()
        await connected_again(bot, count)

    connects = discord.record.entries(kind="connect")
    # At once, then after half a second at least, then after a second at least.
    assert connects[2]["at"] - connects[1]["at"] < connects[3]["at"] - connects[2]["at"]
    assert connects[3]["at"] - connects[2]["at"] >= 0.9


@pytest.mark.parametrize("linger", [False, True])
async def test_a_reset_token_is_waited_for_and_taken_up(
    linger: bool,  # noqa: FBT001
    discord: DiscordServer,
    start_bot: StartBot,
) -> None:
    bot = await start_bot()

    token = discord.faults.reset_token(linger=linger)["token"]
    if not linger:
        await eventually(lambda: bot.status.shards[0].state is ShardState.BLOCKED)
        assert "put a valid one into its place" in (bot.status.why_not_ready() or "")
        assert discord.record.counters["identifies"] == 1
    bot.token[0] = token
    await bot.gateway.take_up_token()
    await bot.ready()
    discord.people.post("general", "ada", "!ask after")

    await bot.says("You said: after")
    await eventually(lambda: [one["lingers"] for one in discord.looking.sessions()] == [False])
    assert discord.record.counters["identifies"] == 2


async def test_a_wrong_token_at_the_start_is_waited_out(discord: DiscordServer, start_bot: StartBot) -> None:
    right, discord.application.token = discord.token, "another"
    bot = await start_bot(wait=False)
    discord.application.token = right
    bot.token[0] = "wrong"
    await bot.gateway.take_up_token()

    await eventually(lambda: "discord" in bot.status.dependencies)
    problem = bot.status.dependencies["discord"].problem
    assert problem is not None
    assert "Discord refused the token" in problem
    assert "taken up at once" in problem
    assert bot.status.why_not_ready() == "It is starting."
    asked = discord.record.counters["status 401"]
    bot.token[0] = right
    await bot.gateway.take_up_token()
    await bot.ready()
    # Every refusal counts towards a ban: it does not knock again with the same token.
    assert discord.record.counters["status 401"] <= asked + 1


async def test_without_the_message_content_intent_it_works_as_far_as_it_can(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    discord.application.privileged = 0
    bot = await start_bot(wait=False)
    await eventually(lambda: "messageContent" in bot.status.notes)
    await bot.ready()

    discord.people.post("general", "ada", "!ask unreadable")
    discord.people.post("general", "ada", f"{bot.mention} hello")
    discord.people.post("@hello", "ada", "in private")

    await bot.says("You said: hello")
    await bot.says("You said: in private", channel="@hello", user="ada")
    assert "Message Content intent" in bot.status.notes["messageContent"]
    assert bot.after == [Next.FEWER_INTENTS]


async def test_a_refused_shard_stops_with_a_sentence(discord: DiscordServer, start_bot: StartBot) -> None:
    bot = await start_bot()

    discord.faults.close(4011)
    await eventually(lambda: bot.status.shards[0].state is ShardState.BLOCKED)

    assert "raise discord.shards.minimum" in (bot.status.why_not_ready() or "")
    assert discord.record.counters["connects"] == 1


async def test_sessions_are_begun_at_discords_pace(
    discord: DiscordServer, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "INTERVAL", 1.0)
    bot = await start_bot(shards={"minimum": 6}, wait=False)
    discord.settings.identify_spacing = 0.5
    discord.settings.max_concurrency = 2
    await bot.ready(seconds=20)
    assert len(bot.status.shards) == 6

    identifies = [entry["at"] for entry in discord.record.entries(kind="identify")]
    assert len(identifies) == 6
    # Two buckets, three turns each.
    assert 1.5 <= identifies[-1] - identifies[0] < 5
    assert discord.looking.counters().get("closes 4008", 0) == 0
    assert bot.after == []


async def test_the_daily_budget_is_not_spent_to_its_end(
    discord: DiscordServer, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "FRESH_SECONDS", 0)
    discord.settings.identifies = 5
    discord.faults.rate_limit("gateway", 100, 1.0)
    bot = await start_bot()
    for count in (1, 2, 3):
        discord.faults.invalidate()
        await connected_again(bot, count)
    discord.faults.invalidate()

    await eventually(lambda: "sessionStarts" in bot.status.notes)
    assert "Only 1 of 5 session starts are left" in bot.status.notes["sessionStarts"]
    assert discord.record.counters["identifies"] == 4
