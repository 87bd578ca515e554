"""Who waits for a turn, in one process: first come, first served. ``scripts.py`` has the same for several."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 3.0
"""How long the place of somebody is kept who doesn't ask for it."""


class Line:
    """Turns are apart by what each asks for; ``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._asked: dict[str, float] = {}
        """Those who wait, in their order, and when each asked last."""
        self._taken_at = float("-inf")

    def turn(self, ticket: str, *, interval: float, take: bool) -> float:
        """See :meth:`botpod.state.port.IdentifyQueue.turn`."""
        now = self._clock()
        # A ticket that is there keeps its place.
        self._asked[ticket] = now
        for gone in [one for one, at in self._asked.items() if at <= now - PATIENCE_SECONDS]:
            del self._asked[gone]
        before = list(self._asked).index(ticket)
        wait = max(0.0, self._taken_at + interval - now) + before * interval
        if take and not before and wait <= 0:
            self.taken(ticket)
        return wait

    def taken(self, ticket: str) -> None:
        """Somebody has taken a turn."""
        self._asked.pop(ticket, None)
        self._taken_at = self._clock()
