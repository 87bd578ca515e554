"""The inbox of a bot with several pods: Redis's, or while it is away what this process knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from botpod.inbox.port import Claim
from botpod.inbox.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from botpod.inbox.local import LocalInbox
    from botpod.inbox.port import Entry, NewEvent
    from botpod.inbox.redis import RedisInbox
    from botpod.state.port import Lease, Session
    from botpod.state.reach import Reach


class SharedInbox:
    """A :class:`botpod.inbox.port.Inbox`.

    While Redis is away owners go on alone: nobody else can take a shard then. What they handle meanwhile is
    told to Redis once it is back.
    """

    def __init__(
        self,
        redis: RedisInbox,
        local: LocalInbox,
        *,
        reach: Reach,
        lease_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._redis = redis
        self._local = local
        self._reach = reach
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._lived_at = float("-inf")
        self._doubtful: set[str] = set()
        self._telling = Telling(redis, reach=reach, clock=clock)

    async def take(
        self, lease: Lease, events: Sequence[NewEvent], session: Session
    ) -> tuple[Entry, ...] | None:
        """See :class:`botpod.inbox.port.Inbox`."""
        asked = [await self._unless_known(event) for event in events]
        handled = self._telling.some
        entries: tuple[Entry, ...] | None = None
        try:
            entries = await self._reach.ask(lambda: self._redis.take(lease, asked, session, handled=handled))
            if entries is not None:
                self._telling.told(handled)
        finally:
            for event, entry in zip(asked, entries or [None] * len(asked), strict=True):
                if event.claim is not None:
                    await self._found(event.claim, (entry and entry.claim) or Claim.ELSEWHERE)
        return entries

    async def _unless_known(self, event: NewEvent) -> NewEvent:
        """Claim an event here; it needn't be claimed in Redis where this process knows whose it is."""
        if event.claim is None or await self._local.claim(event.claim) is Claim.OURS:
            return event
        return replace(event, claim=None)

    async def left(self, shard: int, *, count: int | None = None) -> tuple[Entry, ...] | None:
        """See :class:`botpod.inbox.port.Inbox`."""
        return await self._reach.ask(lambda: self._redis.left(shard, count=count))

    async def discard(self, entry: Entry) -> None:
        """See :class:`botpod.inbox.port.Inbox`."""
        await self._reach.ask(lambda: self._redis.discard(entry))

    async def claim(self, event: str) -> Claim:
        """See :class:`botpod.inbox.port.Ledger`."""
        known = await self._local.claim(event)
        if known is not Claim.OURS:
            return known
        shared = await self._reach.ask(lambda: self._claim(event)) or Claim.OURS
        await self._found(event, shared)
        return shared

    async def _found(self, event: str, claim: Claim) -> None:
        """Redis says so of an event that was claimed here."""
        if claim is Claim.DONE:
            await self._local.settle(event, None)
        elif claim is Claim.ELSEWHERE:
            await self._local.let_go(event)

    async def _claim(self, event: str) -> Claim:
        claim = await self._redis.claim(event)
        if claim is Claim.ELSEWHERE and await self._redis.holds(event):
            # It was claimed by a call of ours whose answer came too late: nobody else here is on it.
            return Claim.INHERITED
        return claim

    async def said(self, event: str) -> Mapping[int, int]:
        """See :class:`botpod.inbox.port.Ledger`."""
        return await self._reach.ask(lambda: self._redis.said(event)) or {}

    async def note(self, event: str, part: int, message: int) -> None:
        """See :class:`botpod.inbox.port.Ledger`."""
        await self._reach.ask(lambda: self._redis.note(event, part, message))

    async def holds(self, event: str) -> bool:
        """See :class:`botpod.inbox.port.Ledger`; while Redis is away nobody takes anything from us.

        Nor does anybody who was told lately that we live: it is asked only after a silence of ours.
        """
        if event not in self._doubtful and not self._silent():
            return True
        shared = await self._reach.ask(lambda: self._holds(event))
        if shared:
            self._doubtful.discard(event)
        return shared is not False

    async def _holds(self, event: str) -> bool:
        # What was claimed while Redis was away only this process knows: it is claimed now, if it is free.
        return await self._redis.holds(event) or await self._redis.claim(event) is Claim.OURS

    def _silent(self) -> bool:
        return self._clock() - self._lived_at >= self._lease_seconds

    async def settle(self, event: str, entry: Entry | None) -> None:
        """See :class:`botpod.inbox.port.Ledger`."""
        self._doubtful.discard(event)
        await self._local.settle(event, entry)
        self._telling.soon(event, entry)

    async def let_go(self, event: str) -> None:
        """See :class:`botpod.inbox.port.Ledger`."""
        self._doubtful.discard(event)
        await self._local.let_go(event)
        await self._reach.ask(lambda: self._redis.let_go(event))

    async def live(self) -> None:
        """See :class:`botpod.inbox.port.Inbox`."""
        now = self._clock()
        if self._silent():
            # Somebody may have taken what we held: this process was frozen, or held up for long.
            self._doubtful |= self._local.held
        server = await self._reach.ask(self._redis.live)
        self._lived_at = now
        if server is not None:
            self._reach.met(server)
        # Redis may have been away when it was to be told. One call: who is late here is taken for dead.
        self._telling.again()
        await self._telling.now(calls=1)

    async def leave(self) -> None:
        """See :class:`botpod.inbox.port.Inbox`."""
        await self._telling.now()
        await self._reach.ask(self._redis.leave)
