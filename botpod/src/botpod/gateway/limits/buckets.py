"""The queues before each bucket of each resource: first come, first served, while there is room."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod.errors import Transient
from botpod.gateway.limits.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.gateway.limits.answers import Reading
    from botpod.gateway.limits.targets import Target

MOST_WAITING = 1000
"""So many wait for one bucket at most; where its pace is known, who would wait too long doesn't begin to."""
MOST = 2000
"""So many buckets are remembered before those that hold nothing are forgotten."""


def too_late(target: Target, wait: float, *, whose: str = "Discord's limit") -> Transient:
    """Return what a caller is told whose request can't be sent in time; ``wait`` in seconds."""
    return Transient(f"{whose} for {target.route} leaves no room for another {wait:.1f} s.", retry_after=wait)


def name_of(bucket: str, target: Target) -> str:
    """Return what every process calls Discord's ``bucket`` of a request's resource."""
    return f"{bucket}:{target.resource}"


@dataclass(eq=False, slots=True)
class _Waiting:
    target: Target
    deadline: float
    future: asyncio.Future[Place]
    place: Place | None = None


@dataclass(eq=False, slots=True)
class Place:
    """A request that may be sent as far as its bucket goes; ``probe``: it opens a window."""

    bucket: Bucket
    target: Target
    probe: bool


@dataclass(eq=False)
class Bucket:
    """One bucket of one resource; ``name`` is the same in every process, None before Discord has told it."""

    name: str | None
    clock: Callable[[], float]
    window: Window
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by who asks for room that other processes use too, so that the order stays."""
    _queue: deque[_Waiting] = field(default_factory=deque)
    _waking: int = 0
    """Those who have their place and don't know it yet: nobody may go before them."""
    _timer: asyncio.TimerHandle | None = None

    async def place(self, target: Target, deadline: float, *, first: bool) -> Place:
        """Wait for room, ``first`` before who waits already; raises Transient when it would be too late."""
        now = self.clock()
        if not self._queue and not self._waking and self.window.room(now):
            return Place(self, target, self.window.begin(now))
        wait = self.window.wait(now, ahead=0 if first else len(self._queue))
        if now + wait > deadline:
            raise too_late(target, wait)
        if len(self._queue) >= MOST_WAITING:
            raise Transient(f"Too many requests wait for {target.route} already.")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(target, deadline, loop.create_future())
        (self._queue.appendleft if first else self._queue.append)(waiting)
        if self._waking:
            # Behind those: whose place is there before he waits for it doesn't wait at all.
            loop.call_soon(self.advance)
        else:
            self.advance()
        try:
            return await waiting.future
        except asyncio.CancelledError:
            if waiting.place is not None:
                waiting.place.bucket.returned(waiting.place)
            raise
        finally:
            if waiting.place is not None:
                waiting.place.bucket.woken()

    def woken(self) -> None:
        """Take note that somebody knows of his place."""
        self._waking -= 1

    def advance(self) -> None:
        """Let begin whoever there is room for, and come back when there may be more."""
        now = self.clock()
        room = self.window.room(now)
        while self._queue and room > 0:
            waiting = self._queue.popleft()
            if waiting.future.done():
                continue
            self._waking += 1
            waiting.place = Place(self, waiting.target, self.window.begin(now))
            waiting.future.set_result(waiting.place)
            room = self.window.room(now)
        self._wake_later(now)

    def _wake_later(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        moment = self.window.opens_at(now)
        if self._queue and moment is not None:
            self._timer = asyncio.get_running_loop().call_at(moment, self.advance)

    def returned(self, place: Place) -> None:
        """Take a place back that was not used."""
        self.window.returned(probe=place.probe)
        self.advance()

    def lost(self, place: Place) -> None:
        """Take note that a request will not be answered."""
        self.window.lost(self.clock(), probe=place.probe)
        self.advance()

    def answered(self, place: Place, read: Reading | None, *, well: bool) -> None:
        """Take note of an answer; ``well``: it did what was asked, and silence about limits means none."""
        if read is None and well:
            self.window.free(probe=place.probe)
        else:
            self.window.answered(read, self.clock(), probe=place.probe)
        self.advance()

    def block(self, seconds: float) -> None:
        """Let nothing begin for so long; who can't wait that long is told at once."""
        now = self.clock()
        self.window.block(now + seconds)
        kept: deque[_Waiting] = deque()
        for waiting in self._queue:
            wait = self.window.wait(now, ahead=len(kept))
            if waiting.future.done():
                continue
            if now + wait > waiting.deadline:
                waiting.future.set_exception(too_late(waiting.target, wait))
            else:
                kept.append(waiting)
        self._queue = kept
        self._wake_later(now)

    def move(self, belongs: Callable[[Target], bool], to: Bucket) -> None:
        """Let those who wait for what ``belongs`` elsewhere wait in ``to``."""
        staying: deque[_Waiting] = deque()
        for waiting in self._queue:
            (to._queue if belongs(waiting.target) else staying).append(waiting)
        self._queue = staying
        to.advance()

    @property
    def idle(self) -> bool:
        """Whether it holds nothing worth remembering."""
        return not self._queue and self.window.idle(self.clock())

    def close(self) -> None:
        """Wake nobody any more."""
        if self._timer is not None:
            self._timer.cancel()


class Buckets:
    """Finds a request's bucket, and learns from answers which that is; ``clock`` is the event loop's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._names: dict[str, str] = {}
        """Discord's name of each route's bucket."""
        self._rules: dict[str, tuple[int, float]] = {}
        """What is known of each: limit and period."""
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def find(self, target: Target) -> Bucket:
        """Return the bucket that a request is counted in, as far as known."""
        hash_ = self._names.get(target.route)
        # A route whose bucket isn't known is one by itself; no hash has a space.
        key = (target.route if hash_ is None else hash_, target.resource)
        found = self._buckets.get(key)
        if found is None:
            self._forget()
            limit, period = self._rules.get(key[0], (1, 0.0))
            name = None if hash_ is None else name_of(hash_, target)
            found = self._buckets[key] = Bucket(name, self._clock, Window(limit=limit, period=period))
        return found

    def answered(self, place: Place, read: Reading | None, *, well: bool) -> None:
        """Take note of what an answer says, and of which bucket it is about."""
        if read is None or place.bucket.name == name_of(read.bucket, place.target):
            place.bucket.answered(place, read, well=well)
            self._learn(place.bucket.window, read)
            return
        self._names[place.target.route] = read.bucket
        new = self.find(place.target)
        # The one that was asked counts in the new one; who waited for the same goes on there.
        place.bucket.window.returned(probe=place.probe)
        new.window.in_flight += 1
        new.window.answered(read, self._clock(), probe=False)
        self._learn(new.window, read)
        if new is not place.bucket:
            place.bucket.move(lambda target: self.find(target) is new, new)
            place.bucket.advance()
        new.advance()

    def _learn(self, window: Window, read: Reading | None) -> None:
        if read is not None:
            self._rules[read.bucket] = (window.limit, window.period)

    def _forget(self) -> None:
        if len(self._buckets) >= MOST:
            self._buckets = {key: one for key, one in self._buckets.items() if not one.idle}

    def close(self) -> None:
        """Wake nobody any more."""
        for bucket in self._buckets.values():
            bucket.close()
