"""The processes that are compared: ours with Redis as in a cluster, and one made with stock nextcord."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot_process import BotProcess
from echoskill import NAME, install
from processes import free_port
from redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from botpod_local.discord import DiscordServer

MANY = 100_000
NO_LIMITS = {"messagesPerUser": MANY, "concurrentPerUser": MANY, "concurrentPerChannel": MANY}
READY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Contestant:
    """A process that is connected to Discord."""

    pid: int

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far, user's and system's."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_mib(self) -> float:
        """Memory in use."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@contextlib.asynccontextmanager
async def stock(discord: DiscordServer, *, shards: int = 1) -> AsyncIterator[Contestant]:
    """Start the one made with stock nextcord."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, _echo_bot(), discord.api_url, discord.token, str(shards)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
        yield Contestant(process.pid)
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def ours(
    discord: DiscordServer, *, shards: int = 1, processes: int = 1, limits: Mapping[str, int] = NO_LIMITS
) -> AsyncIterator[list[Contestant]]:
    """Start ours; they share a Redis. What ``limits`` leaves out is as it is built in."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        install(directory)
        redis = RedisServer(directory, fsync="everysec")
        redis.start()
        bots: list[BotProcess] = []
        try:
            (directory / "discord-token").write_text(discord.token, encoding="utf-8")
            for number in range(processes):
                where = directory / f"bot-{number}"
                where.mkdir()
                bots.append(
                    BotProcess(
                        where, _configuration(discord, directory, redis.url, shards, limits), echo=False
                    )
                )
            await asyncio.gather(*(bot.start() for bot in bots))
            yield [Contestant(bot.process.pid) for bot in bots if bot.process is not None]
        finally:
            await asyncio.gather(*(bot.kill() for bot in bots))
            redis.kill()
            sys.path.remove(name)


def _echo_bot() -> str:
    found = find_spec("continuity.echo_bot")
    assert found is not None
    assert found.origin is not None
    return found.origin


def _configuration(
    discord: DiscordServer, directory: Path, redis: str, shards: int, limits: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "bot": {"name": "bench"},
        "discord": {"apiUrl": discord.api_url, "shards": {"mode": "Fixed", "count": shards}},
        "credentials": {
            "directory": str(directory),
            "keys": [{"name": "discord-token", "kind": "DiscordToken"}],
        },
        "skills": [{"name": NAME}],
        "limits": dict(limits),
        "flags": {"memory": False, "typing": False},
        "state": {
            "sql": {"url": f"sqlite+aiosqlite:///{directory}/botpod.db"},
            "redis": {"url": redis},
        },
        "server": {"publicPort": free_port(), "internalPort": free_port()},
    }
