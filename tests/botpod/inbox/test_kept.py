"""What a bot's only process keeps in its database for the next one, and what it does without."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from botpod.inbox.kept import TIDY_SECONDS, KeptInbox
from botpod.inbox.local import DONE_SECONDS, LocalInbox
from botpod.inbox.port import Claim, Entry, NewEvent
from botpod.state.kept import KeptState
from botpod.state.local import LocalState
from botpod.state.port import MOST_DIRECT, Lease, Session
from botpod.storage.database import Database
from botpod.storage.kept import KeptThings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LEASE = Lease(shard=0, fence=1)
SESSION = Session(id="s", sequence=7, resume_url="wss://resume", shard_count=1, heard=5)


class Clock:
    """Seconds that only a test makes pass."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def kept_in(path: Path, clock: Clock) -> AsyncIterator[KeptThings]:
    """What is kept in a database that is there."""
    database = Database(f"sqlite+aiosqlite:///{path / 'botpod.db'}")
    await database.start()
    try:
        yield KeptThings(database, bot="default/hello", clock=clock)
    finally:
        await database.close()


@pytest.fixture
def away(clock: Clock) -> KeptThings:
    """What would be kept in a database that was never reached."""
    return KeptThings(Database("sqlite+aiosqlite:////nowhere/at/all.db"), bot="default/hello", clock=clock)


async def test_the_next_process_goes_on_with_the_parts_that_were_posted(tmp_path: Path, clock: Clock) -> None:
    async with kept_in(tmp_path, clock) as kept:
        first = KeptInbox(kept, clock=clock)
        (entry,) = await first.take(LEASE, [NewEvent(text="a question")], SESSION) or ()
        assert await first.claim("e1") is Claim.OURS
        await first.note("e1", 0, 111)
        await first.note("e1", 1, 222)
        assert await first.said("e1") == {0: 111, 1: 222}

        second = KeptInbox(kept, clock=clock)
        assert await second.left(0) == (entry,)
        assert await second.claim("e1") is Claim.INHERITED
        assert await second.said("e1") == {0: 111, 1: 222}
        await second.settle("e1", entry)
        assert await second.said("e1") == {}

        third = KeptInbox(kept, clock=clock)
        assert await third.left(0) == ()
        assert await third.claim("e1") is Claim.DONE


async def test_one_process_takes_over_what_any_shard_left_and_only_once(tmp_path: Path, clock: Clock) -> None:
    async with kept_in(tmp_path, clock) as kept:
        first = KeptInbox(kept, clock=clock)
        of_third = Lease(shard=3, fence=1)
        (entry,) = await first.take(of_third, [NewEvent(text="a question")], SESSION) or ()
        second = KeptInbox(kept, clock=clock)
        assert await second.left(3) == ()
        assert await second.left(0, count=4) == ()
        assert [one.id for one in await second.left(0)] == [entry.id]
        await second.discard(entry)
        assert await KeptInbox(kept, clock=clock).left(0) == ()


async def test_who_was_answered_is_forgotten_after_an_hour_by_a_process_that_runs_on(
    tmp_path: Path, clock: Clock
) -> None:
    async with kept_in(tmp_path, clock) as kept:
        inbox = KeptInbox(kept, clock=clock)
        await inbox.settle("old", None)
        clock.now += DONE_SECONDS + 2
        assert clock.now > TIDY_SECONDS
        await inbox.settle("new", None)
        assert [one.name for one in await kept.all("done")] == ["new"]


async def test_without_its_database_it_answers_all_the_same(
    away: KeptThings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = KeptInbox(away, clock=clock)
    with caplog.at_level(logging.WARNING):
        assert await inbox.take(LEASE, [NewEvent(text="a question")], SESSION) is None
        assert await inbox.left(0) == ()
        assert await inbox.claim("e1") is Claim.OURS
        await inbox.note("e1", 0, 111)
        await inbox.settle("e1", Entry(shard=0, id="i", text="a question"))
    assert await inbox.claim("e1") is Claim.DONE
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "Events can't be kept",
        "What was left can't be read",
        "What is done can't be kept",
        "What is done can't be kept",
    ]


async def test_without_its_database_a_shard_is_taken_and_channels_are_in_memory(
    away: KeptThings, clock: Clock
) -> None:
    state = KeptState(away, pod="a", clock=clock)
    lease = await state.acquire(0)
    assert lease is not None
    assert lease.session is None
    assert await state.renew([lease], {0: SESSION}) == frozenset()
    await state.wrote(55)
    assert await state.written() == [55]


async def test_a_shard_is_nobodys_twice(tmp_path: Path, clock: Clock) -> None:
    async with kept_in(tmp_path, clock) as kept:
        state = KeptState(kept, pod="a", clock=clock)
        lease = await state.acquire(0)
        assert lease is not None
        assert await state.acquire(0) is None
        await state.release(lease, SESSION)
        again = await state.acquire(0)
        assert again is not None
        assert (again.session, again.fence) == (SESSION, lease.fence + 1)


async def test_memory_alone_keeps_a_bounded_number_of_channels_and_inherits_nothing(clock: Clock) -> None:
    state, inbox = LocalState(pod="a", clock=clock), LocalInbox(clock=clock)
    for channel in range(MOST_DIRECT + 3):
        await state.wrote(channel)
    assert await state.written() == list(range(3, MOST_DIRECT + 3))
    assert await state.advice() is None
    await inbox.note("e1", 0, 111)
    assert await inbox.said("e1") == {}
    assert await inbox.left(0) == ()
