"""Whether Redis can be reached: one answer for everything that is kept there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from botpod.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

AWAY_SECONDS = 1.0
"""How long Redis is left alone after it failed."""
PROMPT_SECONDS = 0.05
"""The most that anybody waits for a Redis which was away: one that hangs would hold everything up."""


class Reach:
    """``report`` gets what is wrong with Redis when that changes; ``clock`` is monotonic, in seconds.

    ``probe`` has Redis write anything and raises :class:`botpod.errors.Transient`: so it is found out whether
    one that was away has returned, without anybody who has something to do waiting for it.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        report: Callable[[str | None], None],
        probe: Callable[[], Awaitable[object]],
    ) -> None:
        self._clock = clock
        self._report = report
        self._probe = probe
        self._probing: asyncio.Task[None] | None = None
        self._problem: str | None = None
        self._told = False
        self._failed_at = float("-inf")
        self._returned_at = float("-inf")
        self._answered_at = float("-inf")
        self._server: str | None = None

    @property
    def silent_for(self) -> float:
        """For how many seconds nothing was heard of Redis; endless where it never answered."""
        return self._clock() - self._answered_at

    @property
    def returned_at(self) -> float:
        """When Redis was there again; -inf where it never was away."""
        return self._returned_at

    @property
    def back_for(self) -> float:
        """For how many seconds Redis has been there again; endless where it never was away."""
        return self._clock() - self._returned_at

    def met(self, server: str) -> None:
        """Note which Redis answers: another one is one that has just returned, and may lack the last writes.

        A fail-over may be over before anybody asked for anything, so that nothing ever failed.
        """
        if self._server not in {None, server}:
            self._returned_at = self._clock()
        self._server = server

    async def ask[T](self, call: Callable[[], Awaitable[T]]) -> T | None:
        """Return Redis's answer, or None while it is away."""
        if self._problem is not None and not await self._has_returned():
            return None
        try:
            answer = await call()
        except Transient as error:
            self._failed(error)
            return None
        self._answered()
        return answer

    async def _has_returned(self) -> bool:
        if self._probing is None and self._clock() - self._failed_at >= AWAY_SECONDS:
            self._probing = asyncio.create_task(self._look(), name="probe-redis")
            await asyncio.wait({self._probing}, timeout=PROMPT_SECONDS)
        return self._problem is None

    async def _look(self) -> None:
        try:
            await self._probe()
        except Transient as error:
            self._failed(error)
        else:
            self._answered()
        finally:
            self._probing = None

    def _failed(self, error: Transient) -> None:
        self._failed_at = self._clock()
        self._say(str(error))

    def _answered(self) -> None:
        self._answered_at = self._clock()
        if self._problem is not None:
            self._returned_at = self._answered_at
        self._say(None)

    async def do(self, call: Callable[[], Awaitable[object]]) -> bool:
        """Have Redis do something; return whether it was there."""

        async def done() -> bool:
            await call()
            return True

        return bool(await self.ask(done))

    def _say(self, problem: str | None) -> None:
        if not self._told or (problem is None) != (self._problem is None):
            self._report(problem)
        self._told, self._problem = True, problem
