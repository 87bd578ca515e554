"""Sliding windows in this process's memory."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod.state.port import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_KEYS = 10_000


@dataclass(slots=True)
class _Window:
    hits: deque[float] = field(default_factory=deque)
    noticed: bool = False


class LocalWindows:
    """Remembers at most ``MAX_KEYS`` keys, the least recently used goes first; ``clock`` in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def counted(self, key: str, *, window: float) -> int:
        """Return how many were counted under ``key`` in the last ``window`` seconds."""
        return len(self._within(key, window).hits)

    def _within(self, key: str, window: float) -> _Window:
        now = self._clock()
        state = self._windows.setdefault(key, _Window())
        self._windows.move_to_end(key)
        if len(self._windows) > MAX_KEYS:
            self._windows.popitem(last=False)
        while state.hits and state.hits[0] <= now - window:
            state.hits.popleft()
        return state

    def hit(self, key: str, *, limit: int, window: float) -> Verdict:
        """See :class:`botpod.state.port.RateWindows`."""
        now, state = self._clock(), self._within(key, window)
        if len(state.hits) < limit:
            state.hits.append(now)
            state.noticed = False
            return Verdict(allowed=True)
        notify, state.noticed = not state.noticed, True
        return Verdict(allowed=False, notify=notify, retry_after=state.hits[0] + window - now)
