"""What is deleted or edited on Discord leaves the database, on the two that it may be."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from postgresql import PASSWORD

from botpod.events import Place
from botpod.skills.protocol import Turn
from botpod.storage.amendments import MAX_WAITING, Amendments
from botpod.storage.conversations import SqlConversations
from botpod.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CHANNEL, OTHER = Place(channel_id=1 << 62, guild_id=7), Place(channel_id=3)
ASKED = Turn(role="user", content="my password is hunter2", author="Ada")
ANSWERED = Turn(role="assistant", content="Don't tell me.")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'botpod.db'}"
    found: str = request.getfixturevalue("postgresql_url")
    return found


class Bot:
    def __init__(self, database: Database, name: str) -> None:
        self.said = SqlConversations(database, bot=name)
        self.changes = Amendments(database, bot=name, conversations=self.said, now=lambda: 1000.0)

    async def recalls(self, *turns: Turn, place: Place = CHANNEL) -> None:
        async def right() -> bool:
            return await self.said.recent(place, limit=10) == turns

        await eventually(right, seconds=60)


@pytest.fixture
async def bots(url: str) -> AsyncIterator[tuple[Bot, Bot]]:
    async with running(url) as pair:
        yield pair


@asynccontextmanager
async def running(url: str) -> AsyncIterator[tuple[Bot, Bot]]:
    database = Database(url, password=lambda: PASSWORD)
    await database.start()
    pair = Bot(database, "team/hello"), Bot(database, "other/hello")
    tasks = [asyncio.create_task(bot.changes.run()) for bot in pair]
    try:
        yield pair
    finally:
        for task in tasks:
            task.cancel()
        await database.close()


async def test_a_question_goes_with_its_message_and_an_answer_with_its_own(bots: tuple[Bot, Bot]) -> None:
    hello, other = bots
    for bot in bots:
        await bot.said.add(CHANNEL, 5, (ASKED, ANSWERED))
        await bot.said.add(OTHER, 6, (ASKED, ANSWERED))
    hello.changes.answered(CHANNEL.channel_id, 5, 50)
    hello.changes.deleted(CHANNEL.channel_id, [5, 999])
    await hello.recalls(ANSWERED)

    hello.changes.deleted(CHANNEL.channel_id, [50])
    await hello.recalls()
    await hello.recalls(ASKED, ANSWERED, place=OTHER)
    await other.recalls(ASKED, ANSWERED)


async def test_an_edit_replaces_what_was_said(bots: tuple[Bot, Bot]) -> None:
    hello, other = bots
    for bot in bots:
        await bot.said.add(CHANNEL, 5, (ASKED, Turn(role="user", content="quoted"), ANSWERED))
    hello.changes.edited(CHANNEL.channel_id, 5, "hello")
    await hello.recalls(Turn(role="user", content="hello", author="Ada"), ANSWERED)

    hello.changes.edited(CHANNEL.channel_id, 5, None)
    await hello.recalls(ANSWERED)
    assert len(await other.said.recent(CHANNEL, limit=10)) == 3


async def test_what_changed_before_it_was_remembered_is_remembered_as_it_is(bots: tuple[Bot, Bot]) -> None:
    hello, _ = bots
    hello.changes.deleted(CHANNEL.channel_id, [5])
    hello.changes.edited(CHANNEL.channel_id, 6, "hello")
    hello.changes.answered(CHANNEL.channel_id, 7, 70)
    hello.changes.deleted(CHANNEL.channel_id, [70])
    for event in (5, 6, 7):
        await hello.said.add(CHANNEL, event, (ASKED, ANSWERED))
    await hello.recalls(ANSWERED, Turn(role="user", content="hello", author="Ada"), ANSWERED, ASKED)


async def test_a_channel_goes_whole(bots: tuple[Bot, Bot]) -> None:
    hello, other = bots
    for bot in bots:
        await bot.said.add(CHANNEL, 5, (ASKED, ANSWERED))
    hello.changes.closed(CHANNEL.channel_id)
    await hello.recalls()
    await other.recalls(ASKED, ANSWERED)


async def test_a_flood_of_changes_takes_no_memory_and_holds_nobody_up(bots: tuple[Bot, Bot]) -> None:
    hello, _ = bots
    await hello.said.add(CHANNEL, 5, (ASKED, ANSWERED))
    for message in range(100, 100 + MAX_WAITING * 3):
        hello.changes.deleted(CHANNEL.channel_id, [message])
    hello.changes.deleted(CHANNEL.channel_id, [5])
    assert len(hello.changes._waiting) <= MAX_WAITING
    await hello.recalls(ANSWERED)
