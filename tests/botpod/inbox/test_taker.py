"""A shard's events on their way into the inbox: in order, in groups, and none handled before it is kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from botpod.errors import LeaseLost
from botpod.inbox import taker as module
from botpod.inbox.port import Claim, Entry
from botpod.inbox.taker import Taker, TooMany
from botpod.inbox.watermark import Watermark
from botpod.state.port import Lease, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from botpod.inbox.port import NewEvent

LEASE = Lease(shard=3, fence=1)


@dataclass(frozen=True)
class Wanted:
    text: str

    @property
    def event(self) -> str:
        return self.text


@dataclass
class Inbox:
    """Keeps events once it is open, unless it is away or the lease is gone."""

    written: list[list[str]] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    away: bool = False
    gone: bool = False
    kept: tuple[Entry, ...] = ()
    silent: int = 0
    """How many times more it can't tell what was left."""
    discarded: list[Entry] = field(default_factory=list)
    says: Claim = Claim.OURS
    let_gone: list[str] = field(default_factory=list)

    async def take(
        self, lease: Lease, events: Sequence[NewEvent], session: Session
    ) -> tuple[Entry, ...] | None:
        await self.open.wait()
        if self.gone:
            raise LeaseLost("gone")
        if self.away:
            return None
        self.written.append([one.text for one in events])
        self.sequences.append(session.sequence)
        return tuple(
            Entry(
                shard=lease.shard,
                id=f"id {one.text}",
                text=one.text,
                claim=self.says if one.claim else None,
            )
            for one in events
        )

    async def let_go(self, event: str) -> None:
        self.let_gone.append(event)

    async def left(self, _: int, *, count: int | None) -> tuple[Entry, ...] | None:
        self.silent -= 1
        if self.silent >= 0:
            return None
        return () if count else self.kept

    async def discard(self, entry: Entry) -> None:
        self.discarded.append(entry)


class Shard:
    """A taker with everything around it."""

    def __init__(self) -> None:
        self.inbox, self.mark, self.sequence = Inbox(), Watermark(), 0
        self.handled: list[tuple[str, str | None]] = []
        self.claims: list[Claim | None] = []
        self.waits: set[str] = set()
        self.lost: list[int] = []
        self.taker: Taker[Wanted] = Taker(
            LEASE,
            inbox=self.inbox,  # type: ignore[arg-type] # as much of one as a taker needs
            reader=self,
            session=lambda _, at: Session(id="s", sequence=at, resume_url="u", shard_count=1),
            lost=self.lost.append,
        )
        self.task = asyncio.create_task(self.taker.run())

    def understand(self, text: str) -> Wanted | None:
        return Wanted(text) if text != "for nobody" else None

    def passes(self, wanted: Wanted) -> bool:
        return wanted.text not in self.waits

    def hand_on(self, wanted: Wanted, entry: Entry | None) -> None:
        self.claims.append(entry.claim if entry else None)
        self.handled.append((wanted.text, entry.id if entry else None))

    def receive(self, *texts: str) -> None:
        for text in texts:
            self.sequence += 1
            self.mark.arrive(self.sequence)
            self.taker.offer(Wanted(text), self.mark)
            self.mark.read()

    async def turn(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
async def shard() -> AsyncIterator[Shard]:
    """A shard whose taker is at work until the test ends."""
    made = Shard()
    yield made
    made.task.cancel()
    await asyncio.gather(made.task, return_exceptions=True)


async def test_events_are_handled_once_they_are_kept_and_in_their_order(shard: Shard) -> None:
    shard.receive("a", "b")
    await shard.turn()
    assert (shard.handled, shard.mark.safe) == ([], 0)
    shard.receive("c")
    shard.inbox.open.set()
    await shard.taker.flush()
    assert shard.handled == [("a", "id a"), ("b", "id b"), ("c", "id c")]
    assert shard.inbox.written == [["a", "b"], ["c"]]
    assert (shard.inbox.sequences, shard.mark.safe) == ([2, 3], 3)
    shard.taker.stop()
    await shard.task


async def test_while_the_store_is_away_they_are_handled_from_memory(shard: Shard) -> None:
    shard.inbox.open.set()
    shard.inbox.away = True
    shard.receive("a")
    await shard.taker.flush()
    assert (shard.handled, shard.mark.safe) == ([("a", None)], 1)


async def test_who_lost_the_shard_handles_nothing_more_and_says_so(shard: Shard) -> None:
    shard.inbox.open.set()
    shard.inbox.gone = True
    shard.receive("a")
    await shard.task
    assert (shard.handled, shard.lost, shard.mark.safe) == ([], [3], 0)


async def test_what_waits_when_a_shard_is_given_up_is_left_to_the_next_owner(shard: Shard) -> None:
    shard.receive("a")
    await shard.turn()
    shard.receive("b")
    shard.taker.stop()
    shard.inbox.open.set()
    await shard.task
    assert shard.handled == [("a", "id a")]
    assert shard.mark.safe == 1


async def test_leftovers_come_first_and_what_is_for_nobody_is_thrown_away(shard: Shard) -> None:
    kept = [Entry(shard=3, id=text, text=text) for text in ("x", "for nobody", "y")]
    shard.inbox.kept = tuple(kept)
    await shard.taker.leftovers()
    assert shard.handled == [("x", "x"), ("y", "y")]
    assert shard.inbox.discarded == [kept[1]]


async def test_no_more_is_taken_than_can_be_held(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    shard.receive("a", "b")
    with pytest.raises(TooMany):
        shard.receive("c")
    assert shard.mark.safe == 0


async def test_what_is_handled_at_once_is_claimed_as_it_is_written(shard: Shard) -> None:
    shard.waits = {"b"}
    shard.inbox.open.set()
    shard.receive("a", "b")
    await shard.taker.flush()
    assert shard.claims == [Claim.OURS, None]
    assert shard.inbox.let_gone == []


@pytest.mark.parametrize(
    ("says", "let_gone", "handed"),
    [
        (Claim.OURS, ["a"], None),
        (Claim.INHERITED, ["a"], None),
        (Claim.ELSEWHERE, [], Claim.ELSEWHERE),
        (Claim.DONE, [], Claim.DONE),
    ],
)
async def test_what_came_to_wait_as_it_was_written_is_nobodys(
    shard: Shard, says: Claim, let_gone: list[str], handed: Claim | None
) -> None:
    shard.inbox.says = says
    shard.receive("a")
    await shard.turn()
    shard.waits = {"a"}
    shard.inbox.open.set()
    await shard.taker.flush()
    assert (shard.inbox.let_gone, shard.claims) == (let_gone, [handed])


async def test_leftovers_are_waited_for_where_the_store_is_away(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.001)
    shard.inbox.kept = (Entry(shard=3, id="id left", text="left"),)
    shard.inbox.silent = 3
    await shard.taker.leftovers()
    assert shard.handled == [("left", "id left")]
    assert shard.inbox.silent == -1
