"""When a new session may begin: at Discord's pace over all pods, and not to the end of the daily budget."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from botpod.gateway.budget import pace
from botpod.status import SessionStarts

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.gateway.client import BotClient
    from botpod.gateway.rest import GatewayInfo, Rest
    from botpod.state.port import IdentifyQueue
    from botpod.status import Status

log = logging.getLogger(__name__)

INTERVAL = 5.1
"""Seconds between two sessions of one bucket: Discord's five, and a little for the way there."""
SCARCE = -1
"""The bucket of the last starts of a day, which all shards share."""
LONGEST_LOOK = 60.0
FRESH_SECONDS = 10.0
"""How long Discord's answer about its gateway is used: the call itself is allowed twice in five seconds."""
_LEAD = 1.0
"""Seconds before its turn at which a connection is opened."""


class IdentifyTurns:
    """Implements :class:`botpod.gateway.shard.Turns`; ``clock`` is the event loop's."""

    def __init__(
        self,
        *,
        rest: Rest,
        queue: IdentifyQueue,
        client: BotClient,
        status: Status,
        clock: Callable[[], float],
    ) -> None:
        self._rest = rest
        self._queue = queue
        self._client = client
        self._status = status
        self._clock = clock
        self._info: tuple[float, GatewayInfo] | None = None
        self._asking = asyncio.Lock()

    def know(self, info: GatewayInfo) -> None:
        """Use an answer that somebody else has just got."""
        self._info = (self._clock(), info)
        self._status.session_starts = SessionStarts(
            remaining=info.remaining, total=info.total, until=self._status.clock() + info.reset_after
        )

    async def identify(self, shard: int, *, needed: bool) -> str:
        """See :class:`botpod.gateway.shard.Turns`."""
        info = await self._within_budget(needed=needed)
        bucket = shard % info.max_concurrency
        wait = await self._queue.reserve(bucket, interval=INTERVAL)
        self._client.turns[shard] = partial(self._until, self._clock() + wait, bucket)
        await asyncio.sleep(max(0.0, wait - _LEAD))
        return info.url

    async def _until(self, turn: float, bucket: int) -> None:
        wait = turn - self._clock()
        while True:
            await asyncio.sleep(max(0.0, wait))
            wait = await self._queue.depart(bucket, interval=INTERVAL)
            if wait <= 0:
                return

    async def _within_budget(self, *, needed: bool) -> GatewayInfo:
        turn: float | None = None
        while True:
            info = await self._ask()
            now = pace(info)
            if self._status.note("sessionStarts", now.problem) and now.problem:
                log.error("%s", now.problem)
            if now.interval == 0 or (turn is not None and self._clock() >= turn):
                return info
            if now.interval is None or not needed:
                turn, left = None, info.reset_after
            else:
                if turn is None:
                    turn = self._clock() + await self._queue.reserve(SCARCE, interval=now.interval)
                left = turn - self._clock()
            # Looked at in between: a person may have asked Discord for more, or the day is over.
            await asyncio.sleep(min(max(left, 0.0), max(info.reset_after, 1.0), LONGEST_LOOK))

    async def _ask(self) -> GatewayInfo:
        async with self._asking:
            if self._info is not None and self._clock() - self._info[0] <= FRESH_SECONDS:
                return self._info[1]
            info = await self._rest.gateway()
            self.know(info)
            return info
