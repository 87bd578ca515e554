"""A bounded set whose members leave by themselves."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class ExpiringSet:
    """Holds at most ``bound`` keys, each for its time; the oldest goes first; ``clock`` in seconds."""

    def __init__(self, clock: Callable[[], float], *, bound: int) -> None:
        self._clock = clock
        self._bound = bound
        self._until: OrderedDict[str, float] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        """Return whether ``key`` is there."""
        now = self._clock()
        return self._until.get(key, now) > now

    def add(self, key: str, *, ttl: float) -> bool:
        """Add ``key`` for ``ttl`` seconds; False when it is there already."""
        now = self._clock()
        if self._until.get(key, now) > now:
            return False
        while self._until and (len(self._until) >= self._bound or next(iter(self._until.values())) <= now):
            self._until.popitem(last=False)
        self._until[key] = now + ttl
        self._until.move_to_end(key)
        return True
