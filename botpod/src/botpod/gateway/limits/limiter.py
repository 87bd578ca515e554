"""Lets a request go when all its limits have room: its bucket's, here and elsewhere, and the global one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from botpod.errors import Transient
from botpod.gateway.limits.answers import Scope
from botpod.gateway.limits.buckets import Buckets, name_of, too_late
from botpod.gateway.limits.pace import GLOBAL, Pace, Transit
from botpod.state.restwindows import RestWindow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from botpod.gateway.limits.answers import Reading, Refusal
    from botpod.gateway.limits.buckets import Bucket, Place
    from botpod.gateway.limits.observer import RestObserver
    from botpod.gateway.limits.targets import Target
    from botpod.state.restwindows import RestWindows

_SHORTEST_WAIT = 0.002


class Turn:
    """A request that may be sent now; what isn't told of its answer counts as lost."""

    def __init__(self, limiter: Limiter, place: Place, began: float) -> None:
        self._limiter = limiter
        self._place = place
        self._began = began
        self.open = True

    async def answered(self, read: Reading | None, *, well: bool, refused: Refusal | None = None) -> None:
        """Take note of an answer; ``well``: it did what was asked; ``refused``: it was a 429."""
        if read is not None and self._place.bucket.name is None:
            await self._limiter.count_later(self._place.target, read)
        self.open = False
        self._limiter.answered(self._place, read, well=well, refused=refused, began=self._began)


class Limiter:
    """``windows`` are shared with other processes; ``clock`` is the event loop's."""

    def __init__(self, windows: RestWindows, *, observer: RestObserver, clock: Callable[[], float]) -> None:
        self._windows = windows
        self._observer = observer
        self._clock = clock
        self._buckets = Buckets(clock)
        self._transit = Transit()
        self._pace = Pace(windows, self._transit, clock=clock)

    @property
    def crowded(self) -> bool:
        """See :attr:`botpod.gateway.limits.transport.Transport.crowded`."""
        return self._pace.crowded

    @asynccontextmanager
    async def turn(self, target: Target, *, deadline: float, first: bool) -> AsyncIterator[Turn]:
        """Wait for the turn; ``first``: it had one before, and goes before others.

        Raises :class:`botpod.errors.Transient` as soon as it is known that it would come after ``deadline``.
        """
        asked = self._clock()
        try:
            async with asyncio.timeout_at(deadline):
                place, began = await self._wait(target, deadline, first=first)
        except TimeoutError:
            raise Transient(f"Other requests came before {target.route} for too long.") from None
        self._observer.waited(self._clock() - asked)
        turn = Turn(self, place, began)
        try:
            yield turn
        finally:
            if turn.open:
                place.bucket.lost(place)
            if target.counted:
                self._pace.over()

    async def _wait(self, target: Target, deadline: float, *, first: bool) -> tuple[Place, float]:
        """Return the place and when the last of its limits let it go."""
        place = await self._buckets.find(target).place(target, deadline, first=first)
        window = self._shared_window(place)
        try:
            if target.counted and window is not None and self._pace.nobody_waits:
                if (began := await self._take_both(place.bucket, window)) is not None:
                    return place, began
                first = True
            if target.counted:
                await self._pace.turn(target, deadline, first=first)
            began = self._clock()
            if window is not None:
                began = await self._take_shared(place, window, deadline, began)
        except BaseException:
            place.bucket.returned(place)
            raise
        return place, began

    def _shared_window(self, place: Place) -> RestWindow | None:
        """Return what other processes take from, too; None where they don't, or that isn't known."""
        bucket = place.bucket
        if not place.target.shared or not self._windows.several:
            return None
        if bucket.name is None or bucket.window.unlimited:
            return None
        period = bucket.window.period + self._transit.longest
        return RestWindow(name=bucket.name, limit=bucket.window.limit, period=period)

    async def _take_both(self, bucket: Bucket, window: RestWindow) -> float | None:
        """Take a turn and what the bucket shares in one step; return when, None where that wasn't to be."""
        if bucket.order.locked():
            return None
        began = self._clock()
        async with bucket.order:
            return began if await self._pace.turn_beside(window) else None

    async def _take_shared(self, place: Place, window: RestWindow, deadline: float, began: float) -> float:
        bucket, target = place.bucket, place.target
        mine = target.counted
        try:
            # Under the lock, so that those who wait for another process keep their order.
            async with bucket.order:
                await self._take(window, target, deadline)
                if target.counted and self._clock() - began > Transit.SHORTEST:
                    # What was granted is for now, and now is over.
                    self._pace.unused()
                    mine = False
                    await self._pace.turn(target, deadline, first=True)
                    mine = True
                    began = self._clock()
        except BaseException:
            if mine:
                self._pace.unused()
            raise
        return began if target.counted else self._clock()

    async def _take(self, window: RestWindow, target: Target, deadline: float) -> None:
        while True:
            grant = await self._windows.take(window, common=target.common)
            if grant.granted:
                return
            if self._clock() + grant.wait > deadline:
                raise too_late(target, grant.wait)
            await asyncio.sleep(max(grant.wait, _SHORTEST_WAIT))

    async def count_later(self, target: Target, read: Reading) -> None:
        """Count what went before it was known under which name the other processes count it."""
        if target.shared and self._windows.several:
            period = read.reset_after + self._transit.longest
            window = RestWindow(name=name_of(read.bucket, target), limit=read.limit, period=period)
            await self._windows.take(window, common=target.common)

    def answered(
        self, place: Place, read: Reading | None, *, well: bool, refused: Refusal | None, began: float
    ) -> None:
        """See :meth:`Turn.answered`."""
        now = self._clock()
        self._transit.took(now - began)
        ours = refused is not None and refused.scope in {Scope.USER, Scope.SHARED}
        if refused is not None and ours:
            # Before anything else, so that nobody goes in between.
            place.bucket.window.block(now + refused.retry_after)
        self._buckets.answered(place, read, well=well)
        if refused is not None and ours:
            self._buckets.find(place.target).block(refused.retry_after)

    async def refused(self, target: Target, refusal: Refusal) -> None:
        """Tell every process of a 429: it shows a limit that nobody here knew of."""
        name = GLOBAL if refusal.scope is Scope.GLOBAL else self._buckets.find(target).name
        if name is not None and (name is GLOBAL or (target.shared and self._windows.several)):
            await self._windows.block(name, seconds=refusal.retry_after)

    def close(self) -> None:
        """Let nobody go any more."""
        self._pace.close()
        self._buckets.close()
