"""The inbox of a bot that runs in one process, with what isn't handled yet in its database."""

from __future__ import annotations

import itertools
import logging
import time
from collections import defaultdict
from typing import TYPE_CHECKING, override

from botpod.errors import Transient
from botpod.inbox.local import DONE_SECONDS, LocalInbox
from botpod.inbox.port import Claim, Entry
from botpod.state.kept import SESSION
from botpod.state.text import session_text
from botpod.storage.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from botpod.inbox.port import NewEvent
    from botpod.state.port import Lease, Session
    from botpod.storage.kept import KeptThings

log = logging.getLogger(__name__)

DONE, INBOX, SAID = "done", "inbox", "said"
TIDY_SECONDS = 600.0


class KeptInbox(LocalInbox):
    """While the database is away events are in this process alone, as they are without one."""

    def __init__(self, kept: KeptThings, *, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self._kept = kept
        self._clock = clock
        self._numbers = itertools.count()
        self._said: defaultdict[str, dict[int, int]] = defaultdict(dict)
        """Of each answer that isn't finished: part → message."""
        self._inherited: frozenset[str] = frozenset()
        self._tidied_at = clock()

    @override
    async def take(
        self, lease: Lease, events: Sequence[NewEvent], session: Session
    ) -> tuple[Entry, ...] | None:
        entries = tuple(
            Entry(shard=lease.shard, id=f"{time.time_ns():020d}-{next(self._numbers):012d}", text=event.text)
            for event in events
        )
        kept = [Kept(kind=INBOX, name=entry.id, value=entry.text) for entry in entries]
        mark = Kept(kind=SESSION, name=str(lease.shard), value=session_text(session))
        try:
            await self._kept.change(keep=[*kept, mark])
        except Transient as error:
            log.warning("Events can't be kept: %s", error)
            return None
        return entries

    @override
    async def left(self, shard: int, *, count: int | None = None) -> tuple[Entry, ...]:
        if count is not None or shard:
            # One process owns all shards. There may have been more of them before: the first takes it all.
            return ()
        try:
            await self._tidy()
            for done in await self._kept.all(DONE):
                await super().settle(done.name, None)
            for said in await self._kept.all(SAID):
                event, _, part = said.name.partition(".")
                self._said[event][int(part)] = int(said.value)
            self._inherited = frozenset(self._said)
            left = await self._kept.all(INBOX)
        except Transient as error:
            # Nobody is kept waiting for it: what is left there is for the next start.
            log.warning("What was left can't be read: %s", error)
            return ()
        return tuple(Entry(shard=shard, id=one.name, text=one.value) for one in left)

    @override
    async def claim(self, event: str) -> Claim:
        claim = await super().claim(event)
        return Claim.INHERITED if claim is Claim.OURS and event in self._inherited else claim

    @override
    async def said(self, event: str) -> Mapping[int, int]:
        return dict(self._said.get(event, {}))

    @override
    async def note(self, event: str, part: int, message: int) -> None:
        self._said[event][part] = message
        await self._change(keep=[Kept(kind=SAID, name=f"{event}.{part}", value=str(message))])

    @override
    async def discard(self, entry: Entry) -> None:
        await self._change(drop=[Kept(kind=INBOX, name=entry.id)])

    @override
    async def settle(self, event: str, entry: Entry | None) -> None:
        await super().settle(event, entry)
        drop = [Kept(kind=SAID, name=f"{event}.{part}") for part in self._said.pop(event, {})]
        if entry is not None:
            drop.append(Kept(kind=INBOX, name=entry.id))
        await self._change(keep=[Kept(kind=DONE, name=event)], drop=drop)

    async def _change(self, *, keep: Sequence[Kept] = (), drop: Sequence[Kept] = ()) -> None:
        try:
            await self._kept.change(keep=keep, drop=drop)
            if self._clock() - self._tidied_at >= TIDY_SECONDS:
                await self._tidy()
        except Transient as error:
            log.warning("What is done can't be kept: %s", error)

    async def _tidy(self) -> None:
        self._tidied_at = self._clock()
        for kind in (DONE, SAID):
            await self._kept.forget(kind, older_than=DONE_SECONDS)
