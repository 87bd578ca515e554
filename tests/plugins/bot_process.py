"""``botpod run`` as a process of its own, on the stand-ins."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import yaml
from eventually import eventually
from processes import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

SECONDS_TO_START = 60.0


async def botpod(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the command to its end; return its exit code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "botpod",
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
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
class BotProcess:
    """One running ``botpod run``; ``lines`` are its log so far."""

    directory: Path
    config: dict[str, Any]
    process: asyncio.subprocess.Process | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    reader: asyncio.Task[None] | None = None
    echo: bool = True
    """Print its log, which pytest shows when a test fails."""
    module: str = "botpod"

    @property
    def file(self) -> Path:
        return self.directory / "config.yaml"

    async def start(self, *, wait: bool = True) -> None:
        self.file.write_text(yaml.safe_dump(self.config))
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", self.module, "run", "--config", str(self.file)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**20,
            env={**os.environ, "PYTHONWARNINGS": "default", "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        self.reader = asyncio.create_task(self._read())
        if wait:
            await self.ready()

    async def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            text = line.decode().rstrip()
            self.raw.append(text)
            if self.echo:
                print(self.directory.name, text)  # noqa: T201 - for pytest to show
            if text.startswith("{"):
                self.lines.append(json.loads(text))

    async def get(self, path: str, *, public: bool = False) -> tuple[int, Any]:
        """Ask one of its pages; 0 while nobody listens."""
        port = self.config["server"]["publicPort" if public else "internalPort"]
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
                session.get(f"http://127.0.0.1:{port}{path}") as response,
            ):
                return response.status, await response.json()
        except (aiohttp.ClientError, TimeoutError):
            return 0, None

    async def ready(self) -> None:
        async def look() -> bool:
            assert self.process is not None
            assert self.process.returncode is None, "\n".join(self.raw)
            return (await self.get("/readyz"))[0] == 200

        await eventually(look, seconds=SECONDS_TO_START, every=0.05)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def ended(self, *, seconds: float = 30) -> int:
        """Wait for its end; return the exit code."""
        assert self.process is not None
        assert self.reader is not None
        async with asyncio.timeout(seconds):
            code = await self.process.wait()
            await self.reader
        return code

    async def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.ended()

    @property
    def resident_mib(self) -> float:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


type MakeProcess = Callable[..., Awaitable[BotProcess]]


@pytest.fixture
async def bot_process(
    tmp_path: Path, discord: DiscordServer, models: ModelsServer
) -> AsyncIterator[MakeProcess]:
    """Start bots; further ones share credentials and database with the first."""
    discord.settings.max_concurrency = 16
    discord.settings.identify_spacing = 0
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "discord-token").write_text(discord.token)
    (credentials / "openai-api-key").write_text("sk-this-is-the-key-of-the-test")
    async with AsyncExitStack() as stack:

        async def start(
            name: str = "bot", *, wait: bool = True, module: str = "botpod", **changes: Any
        ) -> BotProcess:
            directory = tmp_path / name
            directory.mkdir()
            config = {
                "bot": {"name": "hello"},
                "discord": {"apiUrl": discord.api_url},
                "credentials": {
                    "directory": str(credentials),
                    "keys": [
                        {"name": "discord-token", "kind": "DiscordToken"},
                        {"name": "openai-api-key", "kind": "OpenAI"},
                    ],
                },
                "models": [
                    {
                        "name": "main",
                        "provider": "OpenAI",
                        "model": "gpt-5-mini",
                        "baseUrl": models.openai_url,
                        "credential": "openai-api-key",
                    }
                ],
                "limits": {"messagesPerUser": 1000},
                "state": {"sql": {"url": f"sqlite+aiosqlite:///{tmp_path}/botpod.db"}},
                "server": {"publicPort": free_port(), "internalPort": free_port()},
                **changes,
            }
            bot = BotProcess(directory, config, module=module)
            stack.push_async_callback(bot.kill)
            await bot.start(wait=wait)
            return bot

        yield start
