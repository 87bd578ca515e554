"""``botpod-local try`` as a person runs it: its output, its processes, its end."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from eventually import eventually
from processes import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMAND = (sys.executable, "-m", "botpod_local", "try")
SECONDS = 90.0
PAGE = re.compile(r"Talk to the bot: +(http://\S+)")
IN_DISCORD = re.compile(r"The bot is in Discord")


def of(home: Path) -> dict[int, str]:
    """Return the processes that belong to a tryout under ``home``, by id, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            command, pid = (entry / "cmdline").read_bytes(), int(entry.name)
            if os.fsencode(home) in command + (entry / "environ").read_bytes():
                found[pid] = command.replace(b"\0", b" ").decode().strip()
        except (OSError, ValueError):
            continue
    return {pid: command for pid, command in found.items() if command}


@dataclass
class TryProcess:
    """One start; ``said`` is what it has printed so far."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    before: Sequence[str] = ()
    said: str = ""
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    @property
    def page_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def folder(self) -> Path:
        return self.home / ".cache" / "botpod" / "try"

    async def start(self, *, ready: re.Pattern[str] | None = PAGE) -> None:
        """Start it and wait until it says what matches ``ready``."""
        self.home.mkdir(exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *(*self.before, *COMMAND, "--page-port", str(self.port)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), **self.environ},
            start_new_session=True,
        )
        self._reader = asyncio.create_task(self._read())
        if ready is not None:
            await eventually(lambda: self._is(ready), seconds=SECONDS)

    def _is(self, ready: re.Pattern[str]) -> bool:
        assert self.process.returncode is None, self.said
        return ready.search(self.said) is not None

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while chunk := await self.process.stdout.read(4096):
            self.said += chunk.decode()

    def children(self) -> dict[str, int]:
        """Return the ids of its processes by what they are: bot, discord, models."""
        found = {}
        for pid, command in of(self.home).items():
            if match := re.search(r" -m (botpod|botpod_local\.discord|botpod_local\.models) ", command):
                found[match[1].rpartition(".")[2].replace("botpod", "bot")] = pid
        return found

    async def ended(self) -> int:
        """Wait until it ends; return its status."""
        assert self._reader is not None
        async with asyncio.timeout(SECONDS):
            await self._reader
            return await self.process.wait()

    async def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send it a signal and wait until it ends; return its status."""
        self.process.send_signal(number)
        return await self.ended()

    async def kill(self) -> None:
        """Be sure that it is gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self.ended()
