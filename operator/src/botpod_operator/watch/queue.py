"""The queue of bots to look at: keyed, each key once, one look at a time, with back-off and requeue-after."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Protocol

from botpod_operator.watch.lanes import Lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

BACK_OFF_FIRST = 0.5
BACK_OFF_MOST = 60.0


class Timer(Protocol):
    """Something that was scheduled and can be called off."""

    def cancel(self) -> None:
        """Call it off."""

    def when(self) -> float:
        """Return its time on the scheduler's clock."""


class Scheduler(Protocol):
    """The two things of an event loop that the queue needs."""

    def time(self) -> float:
        """Return the monotonic time in seconds."""

    def call_at(self, when: float, callback: Callable[..., object], *args: object) -> Timer:
        """Call ``callback`` at ``when``."""


class Queue[K: Hashable]:
    """Keys waiting to be looked at.

    A key added while it waits is there once; added while it is looked at, it comes again afterwards. So a
    look always follows the last event, and never do two looks at one key run side by side. Its bound is the
    number of keys there are. What is one of many (a look that is due again, all bots of a class) lets those
    go first that somebody waits for.
    """

    def __init__(
        self, *, scheduler: Scheduler, jitter: Callable[[float, float], float] = random.uniform
    ) -> None:
        self._scheduler = scheduler
        self._jitter = jitter
        self._ready: Lanes[K] = Lanes()
        self._busy: set[K] = set()
        self._again: dict[K, bool] = {}
        self._timers: dict[K, Timer] = {}
        self._failures: dict[K, int] = {}
        self._held: dict[K, float] = {}
        self._arrival = asyncio.Event()

    def __len__(self) -> int:
        """Return how many keys wait now, those with a timer left out."""
        return len(self._ready)

    def oldest(self) -> float:
        """Return for how many seconds the first key has waited."""
        since = self._ready.since()
        return 0.0 if since is None else self._scheduler.time() - since

    def add(self, key: K, *, one_of_many: bool = False) -> None:
        """Have the key looked at as soon as possible: not before somebody who asked to be spared allows."""
        if self._scheduler.time() < self._held.get(key, 0.0):
            return  # its timer runs
        if key in self._busy:
            self._again[key] = one_of_many and self._again.get(key, True)
            return
        self._ready.put(key, now=self._scheduler.time(), one_of_many=one_of_many)
        self._arrival.set()

    def add_after(self, key: K, seconds: float) -> None:
        """Have the key looked at in ``seconds``, or earlier where that was asked for before."""
        when = self._scheduler.time() + seconds
        timer = self._timers.get(key)
        if timer is not None and timer.when() <= when:
            return
        self._stop_timer(key)
        self._timers[key] = self._scheduler.call_at(when, self._due, key)

    def retry(self, key: K, *, at_least: float = 0.0) -> float:
        """Have the key looked at after a back-off that grows with each failure; return its seconds.

        ``at_least`` holds whatever else happens to the key meanwhile.
        """
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        most = min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** min(failures, 16))
        seconds = max(at_least, self._jitter(most / 2, most))
        if at_least:
            self._stop_timer(key)
            self._held[key] = self._scheduler.time() + at_least
        self.add_after(key, seconds)
        return seconds

    def succeeded(self, key: K) -> None:
        """Let the next back-off of this key begin small again."""
        self._failures.pop(key, None)

    async def get(self) -> K:
        """Wait for a key; the caller owes a :meth:`done`."""
        while not self._ready:
            self._arrival.clear()
            await self._arrival.wait()
        key = self._ready.take()
        self._busy.add(key)
        # The look decides anew when the next one is due.
        self._stop_timer(key)
        return key

    def done(self, key: K) -> None:
        """End the look at a key that :meth:`get` returned."""
        self._busy.discard(key)
        again = self._again.pop(key, None)
        if again is not None:
            self.add(key, one_of_many=again)

    def _due(self, key: K) -> None:
        self._timers.pop(key, None)
        # A timer may come a clock's tick too early.
        self._held.pop(key, None)
        self.add(key, one_of_many=True)

    def _stop_timer(self, key: K) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
