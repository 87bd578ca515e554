"""The windows for requests to Discord of one process."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod.state.restwindows import INVALID_MINUTES, Grant

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.state.restwindows import RestWindow

_MOST_KEYS = 10_000


@dataclass(slots=True)
class _Taken:
    moments: deque[float] = field(default_factory=deque)
    blocked_until: float = float("-inf")


class LocalRestWindows:
    """A :class:`botpod.state.restwindows.RestWindows`; ``clock`` in seconds, monotonic."""

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

    def _tidied(self, window: RestWindow) -> _Taken:
        now, taken = self._clock(), self._of(window.name)
        while taken.moments and taken.moments[0] <= now - window.period:
            taken.moments.popleft()
        return taken

    def _has_room(self, window: RestWindow) -> bool:
        taken = self._tidied(window)
        return self._clock() >= taken.blocked_until and len(taken.moments) < window.limit

    def take_now(self, window: RestWindow, *, wanted: int = 1) -> Grant:
        """Do what :meth:`take` does, at once."""
        now, taken = self._clock(), self._tidied(window)
        if now < taken.blocked_until:
            return Grant(granted=0, wait=taken.blocked_until - now)
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
        """See :class:`botpod.state.restwindows.RestWindows`."""
        return self.take_now(window, wanted=wanted)

    async def take_of_both(self, one: RestWindow, other: RestWindow) -> bool:  # noqa: ARG002 - see below
        """See :class:`botpod.state.restwindows.RestWindows`; one after the other costs nothing here."""
        return False

    def take_both_now(self, one: RestWindow, other: RestWindow) -> bool:
        """Take one of each, or of neither; return whether there was room."""
        if not (self._has_room(one) and self._has_room(other)):
            return False
        return bool(self.take_now(one).granted and self.take_now(other).granted)

    async def block(self, name: str, *, seconds: float) -> None:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        taken = self._of(name)
        taken.blocked_until = max(taken.blocked_until, self._clock() + seconds)

    async def invalid(self, more: int) -> int:
        """See :class:`botpod.state.restwindows.RestWindows`; counted by the minute, on the careful side."""
        minute = int(self._clock() // 60)
        while self._invalid and self._invalid[0][0] < minute - INVALID_MINUTES:
            self._invalid.popleft()
        if more:
            if self._invalid and self._invalid[-1][0] == minute:
                more += self._invalid.pop()[1]
            self._invalid.append((minute, more))
        return sum(count for _, count in self._invalid)
