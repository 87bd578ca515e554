"""Whether this process turns: how late the event loop comes to what it was asked to do on time."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY = 0.5
_REMEMBERED = 60


class Heartbeat:
    """Beats twice a second; ``lag`` is the longest delay of the last 30 s, in seconds."""

    def __init__(self, *, clock: Callable[[], float], every: float = _EVERY) -> None:
        self._clock = clock
        self._every = every
        self._lags: deque[float] = deque(maxlen=_REMEMBERED)
        self._beaten_at = clock()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self._beaten_at = self._clock()
            await asyncio.sleep(self._every)
            self._lags.append(max(0.0, self._clock() - self._beaten_at - self._every))

    @property
    def lag(self) -> float:
        """The longest recent delay."""
        return max(self._lags, default=0.0)

    @property
    def silence(self) -> float:
        """Seconds since the last beat; long when the task that beats is gone."""
        return self._clock() - self._beaten_at
