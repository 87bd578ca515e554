"""Who is next: keys that were asked for by themselves go before those that came with many others. Pure."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

IN_A_ROW = 8
"""So many may go ahead of one of the others, which wait their turn but never for ever."""


class Lanes[K: Hashable]:
    """Two queues, each key in one of them once, with the time since when it waits."""

    def __init__(self) -> None:
        self._first: OrderedDict[K, float] = OrderedDict()
        self._others: OrderedDict[K, float] = OrderedDict()
        self._in_a_row = 0

    def __len__(self) -> int:
        """Return how many keys wait."""
        return len(self._first) + len(self._others)

    def put(self, key: K, *, now: float, one_of_many: bool) -> None:
        """Have a key wait; one that waits among the others changes over where it is asked for by itself."""
        if key in self._first or (one_of_many and key in self._others):
            return
        since = self._others.pop(key, now)
        (self._others if one_of_many else self._first)[key] = since

    def take(self) -> K:
        """Return the next key; raises ``KeyError`` where none waits."""
        ahead = bool(self._first) and (not self._others or self._in_a_row < IN_A_ROW)
        self._in_a_row = self._in_a_row + 1 if ahead else 0
        key, _ = (self._first if ahead else self._others).popitem(last=False)
        return key

    def since(self) -> float | None:
        """Return since when the one waits that came first; None where none does."""
        return min((next(iter(lane.values())) for lane in (self._first, self._others) if lane), default=None)
