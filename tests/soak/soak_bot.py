"""One bot process that is talked to for half an hour: its memory must not grow.

``make soak`` ends by itself. The end is one JSON object: the median resident memory of the run's second
quarter and of its last one, and their ratio; exit code 0 only if that is at most MOST_GROWTH and all was
answered. People ask in many rooms, a new person every few questions, so that whatever is kept for each of
them shows.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot_process import BotProcess
from eventually import eventually
from processes import free_port
from redis_server import RedisServer

from botpod_local.discord import DiscordServer
from botpod_local.models import ModelsServer

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_GROWTH = 1.05
RATE = 8.0
ROOMS, EACH_PERSON = 40, 20
SAMPLE_SECONDS = 10.0
MANY = 10_000


def people(discord: DiscordServer) -> Iterator[str]:
    """Give who asks next: after some questions somebody new."""
    for number in itertools.count():
        name = f"person-{number}"
        discord.building.add_user(name)
        discord.building.add_member(name)
        yield from itertools.repeat(name, EACH_PERSON)


async def talk(discord: DiscordServer, bot: BotProcess, *, minutes: float) -> tuple[int, list[float]]:
    """Ask for so long; return how many were asked, and the memory at regular moments, in MiB."""
    loop = asyncio.get_running_loop()
    began = due = loop.time()
    samples: list[float] = []
    for asked, person in enumerate(people(discord)):
        if loop.time() - began >= minutes * 60:
            return asked, samples
        discord.people.post(f"room-{asked % ROOMS}", person, f"!ask this is question {asked}")
        if loop.time() - began >= len(samples) * SAMPLE_SECONDS:
            samples.append(bot.resident_mib)
        due += 1 / RATE
        await asyncio.sleep(due - loop.time())
    raise AssertionError("there are always more people")


async def soak(minutes: float) -> dict[str, Any]:
    """Run it, and return the figures."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        redis = RedisServer(directory)
        redis.start()
        try:
            async with DiscordServer() as discord, ModelsServer() as models:
                for room in range(ROOMS):
                    discord.building.add_channel(f"room-{room}")
                bot = BotProcess(directory, _configuration(discord, models, directory, redis.url), echo=False)
                await bot.start()
                try:
                    asked, samples = await talk(discord, bot, minutes=minutes)
                    await eventually(
                        lambda: discord.record.counters["messages_created"] >= 2 * asked, seconds=60
                    )
                finally:
                    await bot.kill()
        finally:
            redis.kill()
    quarter = len(samples) // 4
    early = statistics.median(samples[quarter : 2 * quarter])
    late = statistics.median(samples[-quarter:])
    return {
        "name": "rss_growth",
        "value": late,
        "unit": "MiB",
        "baseline": early,
        "ratio": late / early,
        "n": asked,
    }


def _configuration(
    discord: DiscordServer, models: ModelsServer, directory: Path, redis: str
) -> dict[str, Any]:
    (directory / "discord-token").write_text(discord.token, encoding="utf-8")
    (directory / "openai-api-key").write_text("sk-of-the-soak", encoding="utf-8")
    model = {"name": "main", "provider": "OpenAI", "model": "any", "credential": "openai-api-key"}
    keys = {"discord-token": "DiscordToken", "openai-api-key": "OpenAI"}
    return {
        "bot": {"name": "soak"},
        "discord": {"apiUrl": discord.api_url},
        "credentials": {
            "directory": str(directory),
            "keys": [{"name": key, "kind": kind} for key, kind in keys.items()],
        },
        "models": [model | {"baseUrl": models.openai_url}],
        "limits": {"messagesPerUser": MANY},
        "state": {"sql": {"url": f"sqlite+aiosqlite:///{directory}/botpod.db"}, "redis": {"url": redis}},
        "server": {"publicPort": free_port(), "internalPort": free_port()},
    }


def main() -> int:
    """Soak; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    found = asyncio.run(soak(parser.parse_args().minutes))
    sys.stdout.write(json.dumps(found) + "\n")
    return int(found["ratio"] > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
