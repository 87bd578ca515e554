"""Takes keys from the queue and looks at them; nothing that goes wrong in one look reaches another."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol, override

from botpod_operator.errors import NotYet, OperatorError, Transient
from botpod_operator.logs import correlated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable
    from contextlib import AbstractAsyncContextManager

    from botpod_operator.watch.queue import Queue

LOOK_SECONDS = 60.0
"""The most one look may take."""

logger = logging.getLogger(__name__)


class Looked(Protocol):
    """Counts looks."""

    def looked(self, seconds: float, *, error: Exception | None = None) -> None:
        """Count one."""


class Team(Protocol):
    """Tasks that work until they are stopped."""

    @property
    def broken(self) -> bool:
        """Whether a task has ended, which none does by itself."""

    def start(self) -> None:
        """Start the tasks."""

    async def stop(self) -> None:
        """End the tasks."""


class Workers[K: Hashable]:
    """A fixed number of tasks over one queue."""

    def __init__(
        self,
        *,
        queue: Queue[K],
        look: Callable[[K], Awaitable[float | None]],
        metrics: Looked,
        clock: Callable[[], float],
        count: int,
    ) -> None:
        self._queue = queue
        self._look = look
        self._metrics = metrics
        self._clock = clock
        self._count = count
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    @property
    def broken(self) -> bool:
        """Whether a worker has ended, which none does by itself."""
        return any(task.done() for task in self._tasks)

    def start(self) -> None:
        """Start the tasks."""
        self._tasks = tuple(
            asyncio.create_task(self._work(), name=f"worker {number}") for number in range(self._count)
        )

    async def stop(self) -> None:
        """End the tasks; what is half done is done again by the next process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            try:
                with correlated(str(key)):
                    await self._once(key)
            finally:
                self._queue.done(key)

    async def _once(self, key: K) -> None:
        begun = self._clock()
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                again = await self._look(key)
        except NotYet:
            # It comes again by itself; should whoever promised that forget it, then by this.
            self._metrics.looked(self._clock() - begun)
            self._queue.add_after(key, LOOK_SECONDS)
            return
        except Exception as error:  # noqa: BLE001 - one bot's trouble must not end the worker
            self._failed(key, error, self._clock() - begun)
            return
        self._metrics.looked(self._clock() - begun)
        self._queue.succeeded(key)
        if again is not None:
            self._queue.add_after(key, again)

    def _failed(self, key: K, error: Exception, seconds: float) -> None:
        self._metrics.looked(seconds, error=error)
        at_least = (error.retry_after or 0.0) if isinstance(error, Transient) else 0.0
        again = self._queue.retry(key, at_least=at_least)
        told = {"error": type(error).__name__, "detail": str(error), "again_in": round(again, 1)}
        # An error of our own explains itself; anything else is a bug, and its traceback helps.
        known = isinstance(error, (OperatorError, TimeoutError))
        logger.warning("look failed", extra=told, exc_info=None if known else error)


class FairWorkers[K: Hashable](Workers[K]):
    """A task for each key that is due, which waits for its ``turn``.

    For looks that others can make last: pods' answers are their owners', and a fixed number of tasks would be
    theirs who answer slowest. There are never more tasks than keys.
    """

    def __init__(
        self,
        *,
        queue: Queue[K],
        look: Callable[[K], Awaitable[float | None]],
        metrics: Looked,
        clock: Callable[[], float],
        turn: Callable[[K], AbstractAsyncContextManager[None]],
    ) -> None:
        super().__init__(queue=queue, look=look, metrics=metrics, clock=clock, count=1)
        self._turn = turn
        self._looks: set[asyncio.Task[None]] = set()

    @override
    async def stop(self) -> None:
        await super().stop()
        looks = tuple(self._looks)
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)

    @override
    async def _work(self) -> None:
        while True:
            key = await self._queue.get()
            look = asyncio.create_task(self._in_turn(key), name=f"look at {key}")
            self._looks.add(look)
            look.add_done_callback(self._looks.discard)

    async def _in_turn(self, key: K) -> None:
        try:
            async with self._turn(key):
                with correlated(str(key)):
                    await self._once(key)
        finally:
            self._queue.done(key)


class Crew:
    """Workers of several queues, started and stopped together."""

    def __init__(self, teams: tuple[Team, ...]) -> None:
        self._teams = teams

    @property
    def broken(self) -> bool:
        """Whether a worker has ended, which none does by itself."""
        return any(team.broken for team in self._teams)

    def start(self) -> None:
        """Start all of them."""
        for team in self._teams:
            team.start()

    async def stop(self) -> None:
        """End all of them."""
        await asyncio.gather(*(team.stop() for team in self._teams))
