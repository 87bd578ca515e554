"""Takes one shard's events: into its inbox first, then on to who handles them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from botpod.errors import LeaseLost
from botpod.inbox.port import OURS, NewEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from botpod.inbox.port import Entry, Inbox
    from botpod.inbox.watermark import Watermark
    from botpod.state.port import Lease, Session

log = logging.getLogger(__name__)

MOST_WAITING = 5_000
"""Events that may wait for the inbox; Discord keeps what comes after them and replays it."""
MOST_AT_ONCE = 500
"""Events written in one step."""
AGAIN_SECONDS = 0.5


class TooMany(Exception):
    """More events wait for the inbox than this process holds."""


class Wanted(Protocol):
    """An event that is for a skill."""

    @property
    def text(self) -> str:
        """The event as it is kept, JSON."""
        ...

    @property
    def event(self) -> str:
        """Its name in the ledger."""
        ...


class Reader[W: Wanted](Protocol):
    """Understands events and sees them through."""

    def understand(self, text: str) -> W | None:
        """Return a kept event again; None where it is for nobody."""
        ...

    def passes(self, wanted: W) -> bool:
        """Say whether an event that is handed on is handled at once."""
        ...

    def hand_on(self, wanted: W, entry: Entry | None) -> None:
        """Have an event handled; returns at once."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting[W: Wanted]:
    sequence: int
    wanted: W
    watermark: Watermark


class Taker[W: Wanted]:
    """``session`` returns what resumes the shard after a sequence of a watermark's session.

    ``lost`` is called where the lease is gone.
    """

    def __init__(
        self,
        lease: Lease,
        *,
        inbox: Inbox,
        reader: Reader[W],
        session: Callable[[Watermark, int], Session | None],
        lost: Callable[[int], None],
    ) -> None:
        self._lease = lease
        self._inbox = inbox
        self._reader = reader
        self._session = session
        self._lost = lost
        self._waiting: deque[_Waiting[W]] = deque()
        self._more = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._stopping = False
        self._one_at_a_time = asyncio.Lock()

    def offer(self, wanted: W, watermark: Watermark) -> None:
        """Take the event that is being read; returns at once.

        Raises:
            TooMany: it isn't taken; what Discord sends from now on must be asked for again later.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise TooMany
        self._waiting.append(_Waiting(watermark.wait(), wanted, watermark))
        self._empty.clear()
        self._more.set()

    async def leftovers(self) -> None:
        """Hand on what earlier owners left, in its order; waits for the store."""
        await self._take_over(self._lease.shard, count=None)

    async def adopt(self, count: int) -> None:
        """Hand on what the shards of another set left, as :meth:`leftovers`."""
        for shard in range(count):
            await self._take_over(shard, count=count)

    async def _take_over(self, shard: int, *, count: int | None) -> None:
        left = await self._inbox.left(shard, count=count)
        while left is None:
            await asyncio.sleep(AGAIN_SECONDS)
            left = await self._inbox.left(shard, count=count)
        if left:
            log.info("Events are taken over.", extra={"shard": shard, "of": count, "events": len(left)})
        for entry in left:
            wanted = self._reader.understand(entry.text)
            if wanted is None:
                await self._inbox.discard(entry)
            else:
                self._reader.hand_on(wanted, entry)

    async def run(self) -> None:
        """Write what waits, in groups, until :meth:`stop`."""
        while not self._stopping:
            await self._more.wait()
            self._more.clear()
            while self._waiting and not self._stopping:
                if not await self._write():
                    return
            if not self._waiting:
                self._empty.set()

    async def _write(self) -> bool:
        group = list(islice(self._waiting, MOST_AT_ONCE))
        last = group[-1]
        try:
            kept = await self._keep(
                [one.wanted for one in group], self._session(last.watermark, last.sequence), claim=True
            )
        except LeaseLost:
            self._lost(self._lease.shard)
            return False
        for wanted, entry in kept:
            handed = entry
            if entry is not None and entry.claim in OURS and not self._reader.passes(wanted):
                # It didn't have to wait a moment ago. While it does, the shard may become another pod's.
                await self._inbox.let_go(wanted.event)
                handed = replace(entry, claim=None)
            self._waiting.popleft()
            self._reader.hand_on(wanted, handed)
        for one in group:
            one.watermark.keep(one.sequence)
        return True

    async def keep(self, missed: Sequence[W], watermark: Watermark) -> Sequence[tuple[W, Entry | None]]:
        """Write what came another way than by the session that ``watermark`` follows; return the entries.

        Raises:
            LeaseLost: another pod owns the shard. Nothing was written.
        """
        return await self._keep(missed, self._session(watermark, watermark.safe))

    async def _keep(
        self, group: Sequence[W], session: Session | None, *, claim: bool = False
    ) -> Sequence[tuple[W, Entry | None]]:
        entries: tuple[Entry, ...] | None = None
        if session is not None:
            async with self._one_at_a_time:
                entries = await self._inbox.take(
                    self._lease,
                    [
                        NewEvent(
                            text=one.text, claim=one.event if claim and self._reader.passes(one) else None
                        )
                        for one in group
                    ],
                    session,
                )
        return list(zip(group, entries or [None] * len(group), strict=True))

    async def flush(self) -> None:
        """Wait until nothing waits."""
        await self._empty.wait()

    def stop(self) -> None:
        """Write nothing after the group that is being written; what still waits, the next owner is sent."""
        self._stopping = True
        self._more.set()
