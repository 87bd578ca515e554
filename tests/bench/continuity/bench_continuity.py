"""Continuity, measured: people ask at a steady rate while processes are replaced, killed, scaled, cut off.

``make bench-continuity`` prints one JSON object a line: name, value, unit, baseline, ratio, n. First each
story's figures with its name behind, then those over all; ``--help`` says which stories there are. What
counts is the Discord stand-in's own record alone, see ``tests/plugins/continuity``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from continuity.stories.play import Cast, Play, play
from redis_server import RedisServer
from results import Result, figures, totals

from botpod_local.discord import DiscordServer
from botpod_local.models import ModelsServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from figures import Figure

SETTLE_SECONDS = 5.0
"""Of asking before anything is done, and after all is done."""
LEASE_SECONDS = 1.5
"""Below the 3 s of an interaction, so that whoever takes over a dead process's shards can still answer."""
LATENCY_SECONDS = 0.03
"""Each way between a bot and Discord."""
WORD_SECONDS = 0.02
"""From one word of an answer to the next: a fifth of a second for each answer."""
COMMAND_EVERY = 5
REDIS_AWAY_SECONDS = 20.0
RESHARD_FROM, RESHARD_TO = 4, 16


async def roll(made: Play, times: int) -> None:
    """Replace so many processes, one after the other."""
    for _ in range(times):
        await made.acts.replace()


async def scale(made: Play, times: int) -> None:
    """Go from four processes to one, four and two, so often."""
    for _ in range(times):
        for count in (4, 1, 4, 2):
            await made.acts.scale(count)


async def kill(made: Play, times: int) -> None:
    """Kill so many processes, each replaced."""
    for _ in range(times):
        await made.acts.kill()


async def cut(made: Play, times: int) -> None:
    """Reset all connections so often."""
    for _ in range(times):
        await made.acts.cut()
        await asyncio.sleep(SETTLE_SECONDS)


async def invalidate(made: Play, times: int) -> None:
    """End all sessions so often."""
    for _ in range(times):
        await made.acts.invalidate()
        # Discord lets a shard begin a session once in five seconds.
        await asyncio.sleep(SETTLE_SECONDS)


async def reset(made: Play, times: int) -> None:
    """Reset the token so often, the sessions dying."""
    for _ in range(times):
        await made.acts.reset_token(linger=False)
        await asyncio.sleep(SETTLE_SECONDS)


async def reset_lingering(made: Play, times: int) -> None:
    """Reset the token so often, the sessions lingering."""
    for _ in range(times):
        await made.acts.reset_token(linger=True)
        await asyncio.sleep(SETTLE_SECONDS)


async def redis_away(made: Play, times: int) -> None:
    """Take Redis away so often."""
    for _ in range(times):
        await made.acts.redis_away(made.redis, REDIS_AWAY_SECONDS)
        await asyncio.sleep(SETTLE_SECONDS)


async def reshard(made: Play, times: int) -> None:
    """Go from the shards there are to as many as there are guilds, and back, so often."""
    few, many = made.acts.fleet.shards, len(made.rooms)
    for _ in range(times):
        await made.acts.reshard(many)
        await made.acts.reshard(few)


STORIES: Mapping[str, tuple[Callable[[Play, int], Awaitable[None]], int, int]] = {
    "roll": (roll, 50, 0),
    "scale": (scale, 2, 0),
    "kill": (kill, 20, 0),
    "cut": (cut, 5, 0),
    "redis": (redis_away, 1, 0),
    "op9": (invalidate, 3, 1),
    "reset": (reset, 2, 1),
    "linger": (reset_lingering, 2, 1),
    "reshard": (reshard, 1, 5),
}
"""What is done, how often, and how many IDENTIFYs a shard each time needs at least."""


async def tell(name: str, cast: Cast, times: int) -> Result:
    """Play one story by itself and judge it."""
    act, _, needed = STORIES[name]
    with tempfile.TemporaryDirectory(prefix="redis") as directory:
        redis = RedisServer(Path(directory))
        redis.start()
        try:
            async with DiscordServer() as discord, ModelsServer() as models:
                everything = play(cast, discord=discord, models=models, redis=redis, echo=False)
                async with everything as made:
                    async with made.scene.asking():
                        await asyncio.sleep(SETTLE_SECONDS)
                        await act(made, times)
                        await asyncio.sleep(SETTLE_SECONDS)
                    return Result(name=name, verdict=made.verdict(), needed=needed * times * cast.shards)
        finally:
            redis.kill()


def arguments() -> argparse.Namespace:
    """Return what to tell, how often and how large."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("stories", nargs="*", metavar="STORY", help=f"of {', '.join(STORIES)}; left out: all")
    parser.add_argument("--times", type=int, help="how often each thing is done; left out: 50 restarts, …")
    parser.add_argument("--rate", type=float, default=20.0, help="questions a second")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--processes", type=int, default=2)
    found = parser.parse_args()
    if unknown := set(found.stories) - set(STORIES):
        parser.error(f"there is no story {min(unknown)!r}; there are {', '.join(STORIES)}")
    return found


async def main() -> None:
    """Tell the stories; print each one's figures as it ends, and all in all."""
    asked = arguments()
    cast = Cast(
        members=asked.processes,
        shards=asked.shards,
        rooms=10,
        command_every=COMMAND_EVERY,
        per_second=asked.rate,
        lease_seconds=LEASE_SECONDS,
        latency=LATENCY_SECONDS,
        writing=WORD_SECONDS,
    )
    results: list[Result] = []
    for name in asked.stories or STORIES:
        size = replace(cast, shards=RESHARD_FROM, guilds=RESHARD_TO) if name == "reshard" else cast
        result = await tell(name, size, asked.times or STORIES[name][1])
        results.append(result)
        say(figures(result))
        for complaint in result.verdict.complaints():
            sys.stderr.write(f"{name}: {complaint}\n")
    say(totals(results))


def say(found: list[Figure]) -> None:
    """Print figures."""
    for figure in found:
        sys.stdout.write(figure.line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
