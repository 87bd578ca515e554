"""Sets a scene: guilds on every shard, processes that share a Redis, people who ask, nothing remembered."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from continuity.stories.fleet import Fleet
from continuity.stories.load import Load
from continuity.stories.processes import ProcessActs
from continuity.stories.scene import Scene
from continuity.stories.town import build
from eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from continuity.stories.acts import Acts
    from continuity.stories.town import Room
    from continuity.verdict import Verdict
    from redis_server import RedisServer

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

MAX_CONCURRENCY = 16
WARM_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Cast:
    """How large a story is.

    Attributes:
        members: processes at the beginning.
        shards: how many.
        guilds: how many; left out, as many as shards, one on each.
        rooms: conversations in each guild.
        per_second: questions, over all; 0: only when told to.
        command_every: each so many-th is a command; 0: none is.
        lease_seconds: how long a process that says nothing keeps its shards; on a busy machine that is easily
            a second or two.
        latency: seconds each way between bot and Discord.
        writing: seconds from one word of an answer to the next.
        typing: whether the bot shows that it is about to answer.
        careless: whether it is the bot that the checker must catch.
    """

    members: int = 2
    shards: int = 4
    guilds: int | None = None
    rooms: int = 20
    per_second: float = 3.0
    command_every: int = 0
    lease_seconds: float = 5.0
    latency: float = 0.0
    writing: float = 0.0
    typing: bool = False
    careless: bool = False


@dataclass(frozen=True, kw_only=True)
class Play[A: Acts]:
    """A story about to begin; ``acts`` are what can be done in it, ``rooms`` one of each guild."""

    scene: Scene
    acts: A
    rooms: Sequence[Room]

    def verdict(self) -> Verdict:
        """Judge it."""
        return self.scene.verdict()


def set_scene(cast: Cast, *, discord: DiscordServer, models: ModelsServer) -> tuple[Scene, list[Room]]:
    """Build the town and set the stand-ins; return the scene, and one room of each guild."""
    discord.settings.max_concurrency = MAX_CONCURRENCY
    discord.faults.latency(cast.latency)
    if cast.writing:
        models.control.slow(between_tokens=cast.writing)
    guilds = cast.guilds or cast.shards
    rooms = build(discord, guilds=guilds, rooms=cast.rooms)
    load = Load(discord, rooms, per_second=cast.per_second, command_every=cast.command_every)
    return Scene(discord, load), rooms[:guilds]


async def warm_up(scene: Scene) -> None:
    """Ask one question in each guild, and wait for the answers.

    A process that answers its first question is busy for a while with what all others need too.
    """
    await eventually(scene.discord.looking.commands)
    scene.load.ask_everywhere()
    await eventually(lambda: not scene.verdict().lost, seconds=WARM_SECONDS, every=0.1)


@contextlib.asynccontextmanager
async def play(
    cast: Cast, *, discord: DiscordServer, models: ModelsServer, redis: RedisServer, echo: bool = True
) -> AsyncIterator[Play[ProcessActs]]:
    """Start everything; the block begins when in each guild one question has been answered.

    Args:
        cast: how large.
        discord: with the world it begins with; the bot has no sessions yet.
        models: answers at once, or word by word.
        redis: runs, and is empty.
        echo: whether the processes' logs are printed, for pytest to show.
    """
    scene, rooms = set_scene(cast, discord=discord, models=models)
    with tempfile.TemporaryDirectory(prefix="fleet") as directory:
        fleet = Fleet(
            directory=Path(directory),
            discord=discord,
            models=models,
            redis_url=redis.url,
            shards=cast.shards,
            typing=cast.typing,
            lease_seconds=cast.lease_seconds,
            echo=echo,
            module="continuity.careless_bot" if cast.careless else "botpod",
        )
        try:
            for _ in range(cast.members):
                await fleet.add()
            await fleet.spread()
            await scene.covered(cast.shards)
            await warm_up(scene)
            acts = ProcessActs(scene=scene, fleet=fleet, redis=redis)
            yield Play(scene=scene, acts=acts, rooms=rooms)
        finally:
            await fleet.close()
