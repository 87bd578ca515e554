"""Turns that owners share fairly: one that has much to do, or whose turns last, holds up itself alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, OrderedDict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable


class Turns[O: Hashable]:
    """At most ``total`` turns at once, and at most ``each`` of one owner.

    Who waits is served in the order of coming within an owner, and owner after owner among them.
    """

    def __init__(self, *, total: int, each: int) -> None:
        self._total = total
        self._each = each
        self._taken: Counter[O] = Counter()
        self._waiting: OrderedDict[O, deque[asyncio.Future[None]]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many wait."""
        return sum(map(len, self._waiting.values()))

    @contextlib.asynccontextmanager
    async def turn(self, owner: O) -> AsyncIterator[None]:
        """Wait for a turn, and have it until the block ends."""
        await self._begin(owner)
        try:
            yield
        finally:
            self._end(owner)

    async def _begin(self, owner: O) -> None:
        if self._free(owner):
            # Whoever waits has an owner without a turn left, or there would be none left at all.
            self._taken[owner] += 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._end(owner)  # it was given a turn in the same moment
            else:
                self._leave(owner, mine)
            raise

    def _free(self, owner: O) -> bool:
        return self._taken.total() < self._total and self._taken[owner] < self._each

    def _end(self, owner: O) -> None:
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]
        self._hand_on()

    def _hand_on(self) -> None:
        for owner in tuple(self._waiting):
            if self._free(owner) and self._given(owner):
                return

    def _given(self, owner: O) -> bool:
        """Give a turn to the first of an owner's who still waits; return whether there was one."""
        waiting = self._waiting[owner]
        mine = None
        while waiting and (mine is None or mine.done()):
            mine = waiting.popleft()
        self._waiting.move_to_end(owner)
        if not waiting:
            del self._waiting[owner]
        if mine is None or mine.done():
            return False
        self._taken[owner] += 1
        mine.set_result(None)
        return True

    def _leave(self, owner: O, mine: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(owner)
        if waiting is None:
            return
        with contextlib.suppress(ValueError):
            waiting.remove(mine)
        if not waiting:
            del self._waiting[owner]
