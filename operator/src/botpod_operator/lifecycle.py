"""The order in which the operator starts, takes part in the election, acts, and stops."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_operator.errors import LeadershipLost
from botpod_operator.stop import EXIT_LEADERSHIP_LOST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from botpod_operator.leader.leadership import Leadership
    from botpod_operator.stop import Stop
    from botpod_operator.watch.workers import Team

WATCHES_SECONDS = 10.0
"""How long the watches may take to end; kopf waits 5 s for requests that nobody ends."""
LOST_SECONDS = 3.0
"""How long a process may take to end that must not act any more."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The parts that begin and end."""

    watch: Callable[[asyncio.Event], Coroutine[None, None, None]]
    """Watches until the event is set."""
    watching: asyncio.Event
    leadership: Leadership
    act: Callable[[], Awaitable[None]]
    """Lets the workers have something to do, once this process leads."""
    workers: Team
    stop: Stop

    async def run(self) -> None:
        """Run until told to stop.

        Raises:
            LeadershipLost: another one may act by now.
        """
        ending = asyncio.Event()
        # All of them before the watches begin: kopf ends every task that is younger than itself.
        self.workers.start()
        told = asyncio.create_task(self.stop.wait(), name="told to stop")
        election = asyncio.create_task(self._take_part(), name="election")
        acting = asyncio.create_task(self._act(), name="acting")
        watches = asyncio.create_task(self.watch(ending), name="watches")
        tasks = (told, election, acting, watches)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop.limit()
            await self._end(watches, acting, election, ending)
            await _ended(told)
        for task in done:
            task.result()
        if told not in done:
            raise RuntimeError("the watches ended though nobody said so")

    async def _take_part(self) -> None:
        # Who doesn't watch yet would lead without knowing anything.
        await self.watching.wait()
        try:
            await self.leadership.run()
        except LeadershipLost as error:
            # What it can't reach any more is not worth waiting for.
            self.stop.limit(LOST_SECONDS, code=EXIT_LEADERSHIP_LOST)
            logger.error(  # noqa: TRY400 - no bug, no traceback
                "leadership lost: this process ends, another one may act", extra={"detail": str(error)}
            )
            raise

    async def _act(self) -> None:
        await self.leadership.leading.wait()
        await self.act()
        await asyncio.Event().wait()

    async def _end(
        self,
        watches: asyncio.Task[None],
        acting: asyncio.Task[None],
        election: asyncio.Task[None],
        ending: asyncio.Event,
    ) -> None:
        """End what acts, then give up leadership, then end the watches, which may take a while."""
        watched = self.watching.is_set()
        self.watching.clear()
        logger.info("stopping")
        await _ended(acting)
        await self.workers.stop()
        await _ended(election)
        await self.leadership.release()
        ending.set()
        if watched:
            await asyncio.wait((watches,), timeout=WATCHES_SECONDS)
        await _ended(watches)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
