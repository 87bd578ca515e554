"""One process without Redis: the next one goes on from the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from wires import wire_to_discord

from botpod.gateway import turns
from botpod.gateway.policy import ELSEWHERE_AFTER
from botpod.state.compose import through_database
from botpod.status import ShardState
from botpod.storage.database import Database
from botpod.storage.kept import KeptThings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bot_on_discord import Bot, StartBot

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer

type StartNext = Callable[..., Awaitable[Bot]]


@pytest.fixture(autouse=True)
def _quick_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "INTERVAL", 0.02)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/botpod.db", retry=0.05)
    await database.start()
    yield database
    await database.close()


@pytest.fixture
def start_next(database: Database, discord: DiscordServer, start_bot: StartBot) -> StartNext:
    discord.faults.rate_limit("gateway", 100, 1.0)  # it may be asked twice in five seconds

    async def start(database: Database = database, **changes: object) -> Bot:
        shares = through_database(KeptThings(database, bot="default/hello"), pod="a")
        bot = await start_bot(shares=shares, **changes)
        await eventually(lambda: {s.state for s in bot.status.shards.values()} == {ShardState.CONNECTED})
        return bot

    return start


async def test_what_was_written_between_two_processes_is_answered_by_the_second(
    discord: DiscordServer, start_next: StartNext
) -> None:
    first = await start_next()
    discord.people.post("general", "ada", "!ask one")
    await first.says("You said: one")
    await first.stop()

    discord.people.post("general", "ada", "!ask two")
    second = await start_next()

    await second.says("You said: one", "You said: two")
    assert discord.record.counters["identifies"] == 1


async def test_a_session_whose_address_answers_no_more_is_resumed_at_the_gateways_own(
    discord: DiscordServer, start_next: StartNext
) -> None:
    async with wire_to_discord(discord) as (wire, address):
        first = await start_next(api=address)
        await first.stop()
        wire.cut()
        before = wire.opened
        discord.people.post("general", "ada", "!ask meanwhile")
        second = await start_next()

        await second.says("You said: meanwhile")
        # aiohttp itself asks twice where a connection drops.
        assert wire.opened - before >= ELSEWHERE_AFTER
        assert discord.record.counters["identifies"] == 1


async def test_a_session_that_died_meanwhile_is_caught_up(
    discord: DiscordServer, start_next: StartNext
) -> None:
    me = discord.world.users[discord.application.bot_user_id].username
    direct = discord.people.open_dm("ada", me)["id"]
    first = await start_next()
    discord.people.post(direct, "ada", "one")
    await eventually(lambda: first.said(direct) == ["You said: one"])
    await first.stop()

    discord.faults.forget_sessions()
    discord.people.post(direct, "ada", "two")
    discord.people.post("general", "ada", "!ask three")
    second = await start_next()

    await eventually(lambda: second.said(direct) == ["You said: one", "You said: two"])
    await second.says("You said: three")


async def test_what_a_process_left_unanswered_the_next_one_answers_once(
    discord: DiscordServer, start_next: StartNext
) -> None:
    begun = asyncio.Event()

    async def never(_request: Request, _reply: ReplyPort) -> None:
        begun.set()
        await asyncio.Event().wait()

    first = await start_next(handle=never)
    discord.people.post("general", "ada", "!ask one")
    await begun.wait()
    await first.gateway.stop()
    await first.dispatcher.drain(0)

    second = await start_next()

    await second.says("You said: one")
    await second.stop()
    third = await start_next()
    discord.people.post("general", "ada", "!ask two")
    await third.says("You said: one", "You said: two")


async def test_a_database_that_is_away_keeps_nobody_waiting(
    discord: DiscordServer, start_next: StartNext
) -> None:
    bot = await start_next(Database("sqlite+aiosqlite:////nowhere/botpod.db"))
    discord.people.post("general", "ada", "!ask one")

    await bot.says("You said: one")


async def test_the_next_process_may_have_more_shards_or_fewer(
    discord: DiscordServer, start_next: StartNext
) -> None:
    me = discord.world.users[discord.application.bot_user_id].username
    discord.building.add_guild("other", "ada", [], ["linus", me])
    discord.building.add_channel("elsewhere", "other")
    asked: dict[str, list[str]] = {"general": [], "elsewhere": []}

    def ask(room: str, text: str) -> None:
        discord.people.post(room, "ada", f"!ask {text}")
        asked[room].append(f"You said: {text}")

    for number, count in enumerate((1, 2, 1)):
        bot = await start_next(shards={"mode": "Fixed", "count": count})
        ask("general", f"heard {number}")
        for room, answers in asked.items():
            await bot.says(*answers, channel=room)
        await bot.stop()
        for room in asked:
            ask(room, f"missed {number}")
