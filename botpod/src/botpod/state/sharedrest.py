"""The windows for requests to Discord of a bot with several processes: Redis's, as far as it knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from botpod.state.restwindows import Grant

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.state.localrest import LocalRestWindows
    from botpod.state.reach import Reach
    from botpod.state.restwindows import RestWindow

ALONE_SECONDS = 0.5
"""How often a process that is alone asks whether it still is; who comes needs longer until it sends much."""
COMPANY_SECONDS = 5.0
"""How long nobody else must have been heard of: those who start together ask meanwhile."""

SHARED_OUT = 0.9
"""Of what all have together: who starts while Redis is away owns no shard, but makes its commands known."""


class AskedRestWindows(Protocol):
    """Windows in a store that may be away: its methods raise :class:`botpod.errors.Transient` then."""

    pods: int
    """How many live or were taking from them lately, this one among them; 0 before it was ever told."""

    async def take(self, *windows: RestWindow, wanted: int = 1) -> Grant:
        """Take as many of every window as all have room for, ``wanted`` at most."""
        ...

    async def block(self, name: str, *, seconds: float) -> None: ...  # noqa: D102
    async def invalid(self, more: int) -> int: ...  # noqa: D102


class SharedRestWindows:
    """A :class:`botpod.state.restwindows.RestWindows`; without Redis, a share of what all have together.

    When it goes nobody knows what the others have just taken: nothing is granted for one period. When it is
    back it doesn't know what was sent meanwhile: for one period both must agree. So it is when another
    process comes to one that was alone, and that asked only now and then.
    """

    several = True

    def __init__(
        self, asked: AskedRestWindows, local: LocalRestWindows, *, reach: Reach, clock: Callable[[], float]
    ) -> None:
        self._asked = asked
        self._local = local
        self._reach = reach
        self._clock = clock
        self._alone_since = float("inf")
        self._alone_at = self._counted_at = float("-inf")

    def _shared(self, window: RestWindow) -> RestWindow:
        share = int(window.limit * SHARED_OUT) // max(1, self._asked.pods)
        return replace(window, limit=max(1, share))

    async def _ask(self, *windows: RestWindow, wanted: int = 1) -> Grant | None:
        found = await self._reach.ask(lambda: self._asked.take(*windows, wanted=wanted))
        now = self._clock()
        if found is not None:
            self._counted_at = now
        alone = found is not None and self._asked.pods == 1
        self._alone_since = min(self._alone_since, now) if alone else float("inf")
        return found

    def _is_alone(self) -> bool:
        now = self._clock()
        alone = now - self._alone_since >= COMPANY_SECONDS and now - self._counted_at < ALONE_SECONDS
        if alone:
            self._alone_at = now
        return alone

    def _redis_knows(self, period: float) -> bool:
        """Whether it was told of all that was sent in the last ``period`` seconds."""
        return min(self._reach.back_for, self._clock() - self._alone_at) >= period

    async def take(self, window: RestWindow, *, wanted: int = 1, common: bool = True) -> Grant:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        if self._is_alone():
            return self._local.take_now(window, wanted=wanted)
        found = await self._ask(window, wanted=wanted)
        if found is not None and not found.granted:
            return found
        if found is None and not common:
            return Grant(granted=wanted)
        if found is None and (since := self._reach.silent_for) < window.period:
            return Grant(granted=0, wait=window.period - since)
        return self._agreed(window, found, wanted)

    def _agreed(self, window: RestWindow, found: Grant | None, wanted: int) -> Grant:
        if found is None:
            return self._local.take_now(self._shared(window), wanted=wanted)
        if self._is_alone():
            return self._local.take_now(window, wanted=found.granted)
        if self._redis_knows(window.period):
            # It counts if Redis goes next.
            self._local.take_now(window, wanted=found.granted)
            return found
        return self._local.take_now(self._shared(window), wanted=found.granted)

    async def take_of_both(self, one: RestWindow, other: RestWindow) -> bool:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        if self._is_alone():
            return self._local.take_both_now(one, other)
        if not self._redis_knows(max(one.period, other.period)):
            return False
        found = await self._ask(one, other)
        if found is None or not found.granted:
            return False
        return self._local.take_both_now(one, other) or not self._is_alone()

    async def block(self, name: str, *, seconds: float) -> None:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        await self._local.block(name, seconds=seconds)
        await self._reach.ask(lambda: self._asked.block(name, seconds=seconds))

    async def invalid(self, more: int) -> int:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        local = await self._local.invalid(more)
        together = await self._reach.ask(lambda: self._asked.invalid(more))
        return local if together is None else max(local, together)
