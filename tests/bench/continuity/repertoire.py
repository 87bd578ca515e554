"""What is done in each story, how often, and what it can't do without."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from continuity.stories.pods import PodActs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from continuity.stories.acts import Acts
    from continuity.stories.play import Play

SETTLE_SECONDS = 5.0
"""Of asking before anything is done, and after each thing that is."""
REDIS_AWAY_SECONDS = 300.0


async def roll(made: Play[Acts]) -> None:
    """Replace every process once."""
    await made.acts.roll()


async def scale(made: Play[Acts]) -> None:
    """Go from four processes to one, four and two."""
    for count in (4, 1, 4, 2):
        await made.acts.scale(count)


async def drain(made: Play[Acts]) -> None:
    """Evict every pod."""
    assert isinstance(made.acts, PodActs)
    await made.acts.drain()


async def kill(made: Play[Acts]) -> None:
    """Kill one process."""
    await made.acts.kill()


async def reset(made: Play[Acts]) -> None:
    """Reset the token, the sessions dying."""
    await made.acts.reset_token(linger=False)


async def linger(made: Play[Acts]) -> None:
    """Reset the token, the sessions lingering."""
    await made.acts.reset_token(linger=True)


async def reshard(made: Play[Acts]) -> None:
    """Go from the shards there are to as many as there are guilds, and back."""
    await made.acts.reshard(len(made.rooms))
    await made.acts.reshard(RESHARD_FROM)


async def cut(made: Play[Acts]) -> None:
    """Reset all connections."""
    await made.acts.cut()


async def op9(made: Play[Acts]) -> None:
    """End all sessions."""
    await made.acts.invalidate()


async def redis(made: Play[Acts]) -> None:
    """Take Redis away."""
    await made.acts.redis_away(REDIS_AWAY_SECONDS)


RESHARD_FROM, RESHARD_TO = 4, 16


@dataclass(frozen=True, slots=True)
class Story:
    """``act`` is done so many ``times``; each time needs ``identifies`` IDENTIFYs at least.

    ``sessions_end``: in it Discord ends the sessions.
    """

    act: Callable[[Play[Acts]], Awaitable[None]]
    times: int
    identifies: Callable[[int], int] = lambda _: 0
    sessions_end: bool = False

    async def tell(self, made: Play[Acts], times: int) -> None:
        """Do it while people ask."""
        async with made.scene.asking():
            await asyncio.sleep(SETTLE_SECONDS)
            for _ in range(times):
                await self.act(made)
                # Discord lets a shard begin a session once in five seconds, too.
                await asyncio.sleep(SETTLE_SECONDS)


def _each(shards: int) -> int:
    return shards


STORIES: Mapping[str, Story] = {
    "roll": Story(roll, times=50),
    "scale": Story(scale, times=2),
    "drain": Story(drain, times=5),
    "kill": Story(kill, times=20),
    "reset": Story(reset, times=2, identifies=_each, sessions_end=True),
    "linger": Story(linger, times=2, identifies=_each),
    "reshard": Story(reshard, times=1, identifies=lambda _: RESHARD_FROM + RESHARD_TO),
    "cut": Story(cut, times=5),
    "op9": Story(op9, times=3, identifies=_each, sessions_end=True),
    "redis": Story(redis, times=1),
}
ONLY_PODS = frozenset({"drain"})
