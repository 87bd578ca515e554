"""Windows for requests to Discord which all processes of a bot take from; and one process's own.

What counts is when a request arrives at Discord, which nobody here knows. So ``period`` is Discord's and the
longest that requests lately were under way: then no window of Discord's sees more, wherever it begins.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.state.reach import Reach

INVALID_MINUTES = 10
"""Discord counts invalid requests in ten minutes."""
_MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """``granted`` requests may be sent; where that is none, ``wait`` seconds until there may be room."""

    granted: int
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RestWindow:
    """``limit`` requests in any ``period`` seconds; ``name`` is the same in every process."""

    name: str
    limit: int
    period: float


class RestWindows(Protocol):
    """What the processes of a bot may send, together. None of these raises for trouble with the store."""

    @property
    def several(self) -> bool:
        """Whether there may be other processes."""
        ...

    async def take(self, window: RestWindow, *, wanted: int = 1, common: bool = True) -> Grant:
        """Take up to ``wanted`` of what a window has room for.

        ``common``: others use the window at any time, so that while they can't be asked only a share is
        granted; else they do so only while one takes over from the other, and all that is wanted is.
        """
        ...

    async def take_of_both(self, one: RestWindow, other: RestWindow) -> bool:
        """Take one of each at once; False where one has no room, or where that can't be asked at once."""
        ...

    async def block(self, name: str, *, seconds: float) -> None:
        """Grant nothing of ``name`` for so long: Discord said so."""
        ...

    async def invalid(self, more: int) -> int:
        """Count ``more`` invalid requests; return how many there were in the last ten minutes."""
        ...


@dataclass(slots=True)
class _Taken:
    moments: deque[float] = field(default_factory=deque)
    blocked_until: float = float("-inf")


class LocalRestWindows:
    """A :class:`RestWindows` for the only process; ``clock`` in seconds, monotonic."""

    several = False

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._taken: OrderedDict[str, _Taken] = OrderedDict()
        self._invalid: deque[tuple[int, int]] = deque()

    def _of(self, name: str) -> _Taken:
        taken = self._taken.setdefault(name, _Taken())
        self._taken.move_to_end(name)
        if len(self._taken) > _MOST_KEYS:
            self._taken.popitem(last=False)
        return taken

    def take_now(self, window: RestWindow, *, wanted: int = 1) -> Grant:
        """Do what :meth:`RestWindows.take` does, at once."""
        now, taken = self._clock(), self._of(window.name)
        if now < taken.blocked_until:
            return Grant(granted=0, wait=taken.blocked_until - now)
        while taken.moments and taken.moments[0] <= now - window.period:
            taken.moments.popleft()
        granted = max(0, min(wanted, window.limit - len(taken.moments)))
        taken.moments.extend([now] * granted)
        return Grant(granted=granted, wait=0.0 if granted else taken.moments[0] + window.period - now)

    async def take(
        self,
        window: RestWindow,
        *,
        wanted: int = 1,
        common: bool = True,  # noqa: ARG002 - there are no others
    ) -> Grant:
        """See :class:`RestWindows`."""
        return self.take_now(window, wanted=wanted)

    async def take_of_both(self, one: RestWindow, other: RestWindow) -> bool:  # noqa: ARG002 - see below
        """See :class:`RestWindows`; one after the other costs nothing here."""
        return False

    async def block(self, name: str, *, seconds: float) -> None:
        """See :class:`RestWindows`."""
        taken = self._of(name)
        taken.blocked_until = max(taken.blocked_until, self._clock() + seconds)

    async def invalid(self, more: int) -> int:
        """See :class:`RestWindows`; counted by the minute, on the careful side."""
        minute = int(self._clock() // 60)
        while self._invalid and self._invalid[0][0] < minute - INVALID_MINUTES:
            self._invalid.popleft()
        if more:
            if self._invalid and self._invalid[-1][0] == minute:
                more += self._invalid.pop()[1]
            self._invalid.append((minute, more))
        return sum(count for _, count in self._invalid)


class AskedRestWindows(Protocol):
    """Windows in a store that may be away: its methods raise :class:`botpod.errors.Transient` then."""

    pods: int
    """How many processes were taking from them lately, this one among them; 0 before it was ever told."""

    async def take(self, *windows: RestWindow, wanted: int = 1) -> Grant:
        """Take as many of every window as all have room for, ``wanted`` at most."""
        ...

    async def block(self, name: str, *, seconds: float) -> None: ...  # noqa: D102
    async def invalid(self, more: int) -> int: ...  # noqa: D102


class SharedRestWindows:
    """A :class:`RestWindows` in Redis; while it is away, a share of what the processes have together.

    When it goes nobody knows what the others have just taken: nothing is granted for one period. When it is
    back it doesn't know what was sent meanwhile: for one period both must agree.
    """

    several = True

    def __init__(self, asked: AskedRestWindows, local: LocalRestWindows, *, reach: Reach) -> None:
        self._asked = asked
        self._local = local
        self._reach = reach

    def _shared(self, window: RestWindow) -> RestWindow:
        # One more part is left to a process that nobody has heard of yet.
        share = window.limit // (max(1, self._asked.pods) + 1)
        return replace(window, limit=max(1, share))

    async def take(self, window: RestWindow, *, wanted: int = 1, common: bool = True) -> Grant:
        """See :class:`RestWindows`."""
        found = await self._reach.ask(lambda: self._asked.take(window, wanted=wanted))
        if found is not None and self._reach.back_for >= window.period:
            if found.granted:
                # It counts if Redis goes next.
                self._local.take_now(window, wanted=found.granted)
            return found
        if found is not None and not found.granted:
            return found
        if found is None and not common:
            return Grant(granted=wanted)
        if found is None and (since := self._reach.silent_for) < window.period:
            return Grant(granted=0, wait=window.period - since)
        wanted = wanted if found is None else found.granted
        return self._local.take_now(self._shared(window), wanted=wanted)

    async def take_of_both(self, one: RestWindow, other: RestWindow) -> bool:
        """See :class:`RestWindows`."""
        if self._reach.back_for < max(one.period, other.period):
            return False
        found = await self._reach.ask(lambda: self._asked.take(one, other))
        if found is None or not found.granted:
            return False
        for window in (one, other):
            self._local.take_now(window)
        return True

    async def block(self, name: str, *, seconds: float) -> None:
        """See :class:`RestWindows`."""
        await self._local.block(name, seconds=seconds)
        await self._reach.ask(lambda: self._asked.block(name, seconds=seconds))

    async def invalid(self, more: int) -> int:
        """See :class:`RestWindows`."""
        local = await self._local.invalid(more)
        together = await self._reach.ask(lambda: self._asked.invalid(more))
        return local if together is None else max(local, together)
