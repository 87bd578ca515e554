"""The queue before the bot's global limit, which every process and every bucket takes from."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod.gateway.limits.buckets import too_late
from botpod.gateway.limits.window import GRACE
from botpod.state.restwindows import RestWindow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod.gateway.limits.targets import Target
    from botpod.state.restwindows import Grant, RestWindows

GLOBAL = "global"
GLOBAL_LIMIT = 50
"""Requests a second and bot, by Discord's documentation."""
_SECOND = 1.0
_COUNTED = _SECOND + GRACE
"""Seconds after an answer in which Discord may still count the request."""
_SHORTEST_WAIT = 0.002
_CROWDED_SECONDS = 0.25
"""Who waits for longer isn't only passing through."""


class Transit:
    """How long requests lately were under way at most, in seconds; it forgets a tenth with each answer."""

    SHORTEST, FIRST, LONGEST = 0.02, 0.1, 1.0

    def __init__(self) -> None:
        self._longest = self.FIRST

    def took(self, seconds: float) -> None:
        """Take note of one more."""
        self._longest = max(seconds, self._longest * 0.9)

    @property
    def longest(self) -> float:
        """Within bounds: a request that hung for long says nothing about the next one."""
        return min(self.LONGEST, max(self.SHORTEST, self._longest))


@dataclass(eq=False, slots=True)
class _Waiting:
    target: Target
    deadline: float
    since: float
    future: asyncio.Future[None]
    granted: bool = False


class Pace:
    """First come, first served; asks for as many at once as wait. ``clock`` is the event loop's.

    Whoever had a turn says when it is over: until a second after that Discord may count it, and so do we.
    """

    def __init__(self, windows: RestWindows, transit: Transit, *, clock: Callable[[], float]) -> None:
        self._windows = windows
        self._transit = transit
        self._clock = clock
        self._queue: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None
        self._alone = False
        self._under_way = 0
        self._over: deque[float] = deque()
        """When those that were under way were answered, as long as Discord may still count them."""
        self._ended = asyncio.Event()
        self._waking = 0
        """Those who may go and don't know it yet: nobody may go before them."""

    @property
    def nobody_waits(self) -> bool:
        """Whether who comes now is before nobody and behind nobody."""
        return not self._queue and self._idle and not self._alone and not self._waking

    @property
    def crowded(self) -> bool:
        """Whether requests have been waiting for a while."""
        moment = self._clock() - _CROWDED_SECONDS
        return any(waiting.since < moment for waiting in self._queue)

    async def turn_beside(self, window: RestWindow) -> bool:
        """Take a turn and one of ``window`` at once; return whether there was room for both."""
        return await self._take_alone(lambda: self._windows.take_of_both(self._window, window))

    async def turn(self, target: Target, deadline: float, *, first: bool) -> None:
        """Wait for the turn; raises :class:`botpod.errors.Transient` when it would come too late."""
        if self.nobody_waits:
            if await self._take_alone(self._take_one):
                return
            first = True
        wait = 0.0 if first else len(self._queue) // GLOBAL_LIMIT * _SECOND
        if self._clock() + wait > deadline:
            raise too_late(target, wait, whose="Discord's global limit")
        waiting = _Waiting(target, deadline, self._clock(), asyncio.get_running_loop().create_future())
        (self._queue.appendleft if first else self._queue.append)(waiting)
        if self._idle:
            self._task = asyncio.create_task(self._let_go(), name="discord-pace")
        try:
            await waiting.future
        except asyncio.CancelledError:
            if waiting.granted:
                self.unused()
            raise
        finally:
            self._waking -= waiting.granted

    async def _take_one(self) -> bool:
        return (await self._take(1)).granted > 0

    async def _take_alone(self, take: Callable[[], Awaitable[bool]]) -> bool:
        """Spare who has nobody before and beside him the queue."""
        if self._room() <= 0:
            return False
        self._alone = True
        self._under_way += 1
        granted = False
        try:
            granted = await take()
        finally:
            self._alone = False
            if not granted:
                self.unused()
        return granted

    @property
    def _idle(self) -> bool:
        return self._task is None or self._task.done()

    @property
    def _window(self) -> RestWindow:
        return RestWindow(name=GLOBAL, limit=GLOBAL_LIMIT, period=_SECOND + self._transit.longest)

    async def _take(self, wanted: int) -> Grant:
        return await self._windows.take(self._window, wanted=wanted)

    async def _let_go(self) -> None:
        while self._tidied():
            room = self._room()
            if room <= 0:
                await self._wait_for_room()
                continue
            grant = await self._take(min(len(self._queue), room))
            left = grant.granted
            while left and self._queue:
                waiting = self._queue.popleft()
                if not waiting.future.done():
                    waiting.future.set_result(None)
                    waiting.granted = True
                    self._waking += 1
                    self._under_way += 1
                    left -= 1
            if not grant.granted:
                self._refuse_late(grant.wait)
                await asyncio.sleep(max(grant.wait, _SHORTEST_WAIT))

    def _tidied(self) -> bool:
        """Leave out who gave up; say whether anybody is left."""
        if any(waiting.future.done() for waiting in self._queue):
            self._queue = deque(waiting for waiting in self._queue if not waiting.future.done())
        return bool(self._queue)

    def _refuse_late(self, wait: float) -> None:
        moment = self._clock() + wait
        for waiting in self._queue:
            if waiting.deadline < moment and not waiting.future.done():
                waiting.future.set_exception(too_late(waiting.target, wait, whose="Discord's global limit"))

    def over(self) -> None:
        """Take note that one which had its turn was answered, or will not be."""
        self._under_way -= 1
        self._over.append(self._clock())
        self._ended.set()

    def unused(self) -> None:
        """Take note that one which had its turn was not sent."""
        self._under_way -= 1
        self._ended.set()

    def _room(self) -> int:
        """Return how many of our own Discord surely doesn't count together with others."""
        now = self._clock()
        while self._over and self._over[0] + _COUNTED <= now:
            self._over.popleft()
        return GLOBAL_LIMIT - self._under_way - len(self._over)

    async def _wait_for_room(self) -> None:
        self._ended.clear()
        moment = self._over[0] + _COUNTED if self._over else None
        with suppress(TimeoutError):
            async with asyncio.timeout_at(moment):
                await self._ended.wait()

    def close(self) -> None:
        """Let nobody go any more."""
        if self._task is not None:
            self._task.cancel()
