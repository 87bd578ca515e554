"""What is done to processes on this machine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

from continuity.stories.acts import AFTERMATH_SECONDS, Acts

if TYPE_CHECKING:
    from bot_process import BotProcess
    from continuity.stories.fleet import Fleet
    from redis_server import RedisServer

DELIVERY_SECONDS = 1.0
"""From a token's reset until the new one lies in the pods, if somebody is quick."""


@dataclass(frozen=True, kw_only=True)
class ProcessActs(Acts):
    """Done to a fleet, and to its Redis."""

    fleet: Fleet
    redis: RedisServer

    async def grow(self) -> None:
        """Start one more process, which takes its share of the shards."""
        self.scene.mark("join", planned=True)
        await self.fleet.add()
        await self.covered()

    async def replace(self) -> None:
        """Replace the oldest process by a new one, the new one first."""
        await self.grow()
        await self._stop(self.fleet.members[0])

    @override
    async def roll(self) -> None:
        for _ in list(self.fleet.members):
            await self.replace()

    @override
    async def scale(self, to: int) -> None:
        """Have ``to`` processes; those that are too many are told to stop at once, the newest."""
        while len(self.fleet.members) < to:
            await self.grow()
        if len(self.fleet.members) > to:
            await self._stop(*self.fleet.members[to:])

    @override
    async def kill(self) -> None:
        """Kill the oldest process and start another in its place."""
        self.scene.mark("SIGKILL", planned=False)
        await self.fleet.kill(self.fleet.members[0])
        await self.covered()
        # What waited since then is this mark's, not the next one's.
        await asyncio.sleep(AFTERMATH_SECONDS)
        await self.grow()

    @override
    async def reshard(self, to: int) -> None:
        """Have ``to`` shards: the setting, and then a rolling restart, as the operator does it."""
        self.fleet.shards = to
        await self.roll()

    @override
    async def redis_away(self, seconds: float) -> None:
        self.scene.mark("Redis away", planned=False)
        await asyncio.to_thread(self.redis.kill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.redis.start)
        await self.covered()

    @override
    async def deliver(self, token: str) -> None:
        await asyncio.sleep(DELIVERY_SECONDS)
        self.fleet.give_token(token)
        await asyncio.sleep(DELIVERY_SECONDS)

    async def _stop(self, *bots: BotProcess) -> None:
        self.scene.mark("SIGTERM", planned=True)
        await self.fleet.stop(*bots)
        await self.covered()

    @override
    async def covered(self) -> None:
        await self.scene.covered(self.fleet.shards)
