"""When a new session may begin: at Discord's pace over all pods, and not to the end of the daily budget."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
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
ASK_SECONDS = 1.0
"""The longest between two looks at the line: who is before us may have gone, and our place is kept so."""
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
        # The same for the shard's next owner: it goes on waiting in this one's place.
        ticket = f"{self._client.shard_count}:{shard}"
        info = await self._within_budget(ticket, needed=needed)
        stand = partial(self._stand, shard % info.max_concurrency, ticket, interval=INTERVAL)
        await stand(left=_LEAD)
        self._client.turns[shard] = partial(stand, take=True)
        return info.url

    async def address(self) -> str:
        """See :class:`botpod.gateway.shard.Turns`."""
        return (await self._ask()).url

    async def _stand(
        self, bucket: int, ticket: str, *, interval: float, left: float = 0.0, take: bool = False
    ) -> None:
        """Wait until at most ``left`` seconds are left until the turn, or to take it."""
        ask = partial(self._queue.turn, bucket, ticket, interval=interval, take=take)
        wait = await ask()
        while wait > left:
            await asyncio.sleep(min(wait - left, ASK_SECONDS))
            wait = await ask()

    async def _within_budget(self, ticket: str, *, needed: bool) -> GatewayInfo:
        while True:
            info = await self._ask()
            now = pace(info)
            if self._status.note("sessionStarts", now.problem) and now.problem:
                log.error("%s", now.problem)
            if now.interval == 0:
                return info
            # Looked at in between: a person may have asked Discord for more, or the day is over.
            look = min(max(info.reset_after, 1.0), LONGEST_LOOK)
            if now.interval is None or not needed:
                await asyncio.sleep(look)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(look):
                    await self._stand(SCARCE, ticket, interval=now.interval, take=True)
                return info

    async def _ask(self) -> GatewayInfo:
        async with self._asking:
            if self._info is not None and self._clock() - self._info[0] <= FRESH_SECONDS:
                return self._info[1]
            info = await self._rest.gateway()
            self.know(info)
            return info
