"""A bot as one runs it on a host of its own: no configuration file, variables and ``.env`` alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from eventually import eventually
from processes import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

SECONDS_TO_START = 60.0
KEY = "sk-this-is-the-key-of-the-test"


def bare_environment(**variables: str) -> dict[str, str]:
    """Return what a process needs to run from the sources, and ``variables``; nothing of the machine's."""
    needed = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONWARNINGS": "default",
    }
    return {**needed, **variables}


async def botpod(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Run the command to its end in ``cwd``; return its exit code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "botpod", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=cwd,
        env=bare_environment(**(env or {})),
    )
    try:
        async with asyncio.timeout(SECONDS_TO_START):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out.decode(), errors.decode()


@dataclass
class OneHostBot:
    """One running ``botpod run``; ``lines`` are its log so far."""

    cwd: Path
    environment: dict[str, str]
    port: int
    internal_port: int
    arguments: Sequence[str] = ()
    process: asyncio.subprocess.Process | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "botpod", "run", *self.arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**20,
            cwd=self.cwd,
            env=bare_environment(**self.environment),
        )
        self.reader = asyncio.create_task(self._read())
        await eventually(self._ready, seconds=SECONDS_TO_START, every=0.05)

    async def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            text = line.decode().rstrip()
            self.raw.append(text)
            print(text)  # noqa: T201 - for pytest to show
            if text.startswith("{"):
                self.lines.append(json.loads(text))

    async def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, "\n".join(self.raw)
        return (await self.get("/ready"))[0] == 200

    async def get(self, path: str, *, internal: bool = False) -> tuple[int, Any]:
        """Ask one of its pages; 0 while nobody listens."""
        port = self.internal_port if internal else self.port
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
                session.get(f"http://127.0.0.1:{port}{path}") as response,
            ):
                return response.status, await response.json()
        except (aiohttp.ClientError, TimeoutError):
            return 0, None

    async def stop(self) -> int:
        """End it as a supervisor would; return its exit code."""
        assert self.process is not None
        assert self.reader is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            code = await self.process.wait()
            await self.reader
        return code

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.stop()


type MakeOneHostBot = Callable[..., Awaitable[OneHostBot]]


@pytest.fixture
async def one_host_bot(
    tmp_path: Path, discord: DiscordServer, models: ModelsServer
) -> AsyncIterator[MakeOneHostBot]:
    """Start a bot in a folder of its own: ``env_file`` is what its ``.env`` holds, the rest are variables.

    A variable of None is left out of those that make it talk to the stand-ins.
    """
    discord.settings.max_concurrency = 16
    discord.settings.identify_spacing = 0
    async with AsyncExitStack() as stack:

        async def start(*arguments: str, env_file: str | None = None, **variables: str | None) -> OneHostBot:
            if env_file is not None:
                (tmp_path / ".env").write_text(env_file)
                (tmp_path / ".env").chmod(0o640)
            usual = {
                "DISCORD_TOKEN": discord.token,
                "DISCORD_API_URL": discord.api_url,
                "OPENAI_API_KEY": KEY,
                "OPENAI_BASE_URL": models.openai_url,
                "PORT": str(free_port()),
                "INTERNAL_PORT": str(free_port()),
            }
            chosen = {name: value for name, value in {**usual, **variables}.items() if value is not None}
            bot = OneHostBot(
                tmp_path,
                chosen,
                port=int(chosen.get("PORT", "8080")),
                internal_port=int(chosen.get("INTERNAL_PORT", "9090")),
                arguments=arguments,
            )
            stack.push_async_callback(bot.kill)
            await bot.start()
            return bot

        yield start
