"""What was asked for lately, so that it isn't asked for again at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass(frozen=True, slots=True)
class _Known[T]:
    value: T
    until: float


class Remembered[T]:
    """At most ``bound`` answers by id, each for ``seconds`` since it was asked for; the oldest goes first.

    Who asks for what is being asked for waits for the same answer. A failure is told to all of them and not
    remembered. ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        ask: Callable[[int], Awaitable[T]],
        *,
        seconds: float,
        bound: int,
        clock: Callable[[], float],
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._bound = bound
        self._clock = clock
        self._known: dict[int, _Known[T]] = {}
        self._asking: dict[int, asyncio.Task[T]] = {}

    async def get(self, key: int) -> T:
        """Return the answer; raises whatever asking raises, and is bounded as asking is."""
        now = self._clock()
        known = self._known.get(key)
        if known is not None and now < known.until:
            return known.value
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._ask_for(key, now + self._seconds))
            asking.add_done_callback(lambda task: self._asked(key, task))
        # Who waits may be stopped; the others still want to know.
        return await asyncio.shield(asking)

    async def _ask_for(self, key: int, until: float) -> T:
        value = await self._ask(key)
        self._known.pop(key, None)
        self._known[key] = _Known(value, until)
        if len(self._known) > self._bound:
            del self._known[next(iter(self._known))]
        return value

    def _asked(self, key: int, task: asyncio.Task[T]) -> None:
        del self._asking[key]
        if not task.cancelled():
            # Nobody may be left to hear of a failure.
            task.exception()

    def close(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()
