"""What is done to the processes and to what they need, while people go on asking."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot_process import BotProcess
    from continuity.stories.fleet import Fleet
    from continuity.stories.scene import Scene
    from redis_server import RedisServer

DELIVERY_SECONDS = 1.0
"""From a token's reset until the new one lies in the pods, if somebody is quick."""


@dataclass(frozen=True, kw_only=True)
class Acts:
    """Each returns when every shard has a connected session again."""

    scene: Scene
    fleet: Fleet

    async def grow(self) -> None:
        """Start one more process, which takes its share of the shards."""
        self.scene.mark("join", planned=True)
        await self.fleet.add()
        await self._covered()

    async def replace(self) -> None:
        """Replace the oldest process by a new one, the new one first."""
        await self.grow()
        await self._stop(self.fleet.members[0])

    async def roll(self) -> None:
        """Replace every process, one after the other."""
        for _ in list(self.fleet.members):
            await self.replace()

    async def scale(self, to: int) -> None:
        """Have ``to`` processes; those that are too many are told to stop at once, the newest."""
        while len(self.fleet.members) < to:
            await self.grow()
        if len(self.fleet.members) > to:
            await self._stop(*self.fleet.members[to:])

    async def kill(self) -> None:
        """Kill the oldest process and start another in its place."""
        self.scene.mark("SIGKILL", planned=False)
        await self.fleet.kill(self.fleet.members[0])
        await self._covered()
        await self.grow()

    async def cut(self) -> None:
        """Reset every gateway connection."""
        self.scene.mark("cut", planned=False)
        self.scene.discord.faults.cut()
        await self._covered()

    async def invalidate(self) -> None:
        """Tell every client that its session is over (op 9, false); people ask before any can begin anew."""
        self.scene.mark("op 9", planned=False)
        self.scene.discord.faults.invalidate(resumable=False)
        self.scene.load.ask_everywhere()
        await self._covered()

    async def reset_token(self, *, linger: bool) -> None:
        """Reset the token and bring the new one to the processes; sessions die at once, or after a while."""
        self.scene.mark("token reset", planned=linger)
        token = self.scene.discord.faults.reset_token(linger=linger)["token"]
        self.scene.load.ask_everywhere()
        await asyncio.sleep(DELIVERY_SECONDS)
        self.fleet.give_token(token)
        await asyncio.sleep(DELIVERY_SECONDS)
        if linger:
            self.scene.mark("lingering sessions end", planned=False)
            self.scene.discord.faults.end_lingering()
            self.scene.load.ask_everywhere()
        await self._covered()

    async def reshard(self, to: int) -> None:
        """Have ``to`` shards: the setting, and then a rolling restart, as the operator does it."""
        self.fleet.shards = to
        await self.roll()

    async def redis_away(self, server: RedisServer, seconds: float) -> None:
        """Kill Redis and start it again after a while."""
        self.scene.mark("Redis away", planned=False)
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(server.start)
        await self._covered()

    async def _stop(self, *bots: BotProcess) -> None:
        self.scene.mark("SIGTERM", planned=True)
        await self.fleet.stop(*bots)
        await self._covered()

    async def _covered(self) -> None:
        await self.scene.covered(self.fleet.shards)
