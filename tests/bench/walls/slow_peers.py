"""``slow_peers_rss_added_mib``: what 500 slow connections and 500 unfinished bodies on each port cost.

The bot's two ports (with delivery Interactions), that of the process beside it, and the operator's, each a
process as it runs in a cluster. A slow connection has sent half of a request's headers, an unfinished body
has sent all but its last byte of 900 KiB. Whoever is closed comes again, for HOLD_SECONDS. The value is the
largest growth of one process; RuntimeError where two probes in turn weren't answered meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from bot_process import BotProcess
from eventually import eventually
from figures import Figure
from processes import free_port

from botpod_local.discord import DiscordServer

# As the image sets it.
os.environ.setdefault("MALLOC_ARENA_MAX", "1")
BAR = 32.0
HOLD_SECONDS = 12.0
"""Longer than any deadline for headers and bodies, so that those who come again are there, too."""
PROBE_SECONDS = 2.0
"""As the kubelet waits."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A process with the ports to hold, and what to ask of each meanwhile."""

    name: str
    pid: int
    probes: dict[int, str]


def measure() -> Figure:
    """Return the most that a process grew by; each one's growth is told on standard error."""
    grown = asyncio.run(_measure())
    for name, mib in grown.items():
        sys.stderr.write(f"{name}: {mib:.1f} MiB\n")
    return Figure(
        name="slow_peers_rss_added_mib", value=max(grown.values()), unit="MiB", baseline=BAR, n=len(grown)
    )


async def _measure() -> dict[str, float]:
    grown = {}
    async with contextlib.AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        discord = await stack.enter_async_context(DiscordServer())
        for target in (
            await _bot(stack, discord, directory),
            await _beside(stack, directory),
            await _operator(stack),
        ):
            grown[target.name] = await _growth(target)
    return grown


async def _growth(target: Target) -> float:
    before, most = _resident_mib(target.pid), 0.0
    # Another process: what is slow at holding must not be slow at probing.
    holding = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("holding.py")), *map(str, target.probes)
    )
    try:
        end = asyncio.get_running_loop().time() + HOLD_SECONDS
        while asyncio.get_running_loop().time() < end:
            for port, path in target.probes.items():
                # As often as the kubelet asks before it calls a pod unready.
                if 200 not in [await _asked(port, path), await _asked(port, path)]:
                    raise RuntimeError(f"{target.name} doesn't answer {path} while its port is held")
            most = max(most, _resident_mib(target.pid))
            await asyncio.sleep(0.05)
    finally:
        holding.kill()
        await holding.wait()
    return max(0.0, most - before)


async def _asked(port: int, path: str) -> int:
    timeout = aiohttp.ClientTimeout(total=PROBE_SECONDS)
    connector = aiohttp.TCPConnector(force_close=True)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
            session.get(f"http://127.0.0.1:{port}{path}") as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def _bot(stack: contextlib.AsyncExitStack, discord: DiscordServer, directory: Path) -> Target:
    (directory / "discord-token").write_text(discord.token, encoding="utf-8")
    public, internal = free_port(), free_port()
    config = {
        "bot": {"name": "bench"},
        "discord": {"apiUrl": discord.api_url, "delivery": "Interactions"},
        "credentials": {
            "directory": str(directory),
            "keys": [{"name": "discord-token", "kind": "DiscordToken"}],
        },
        "skills": [],
        "state": {"sql": {"url": f"sqlite+aiosqlite:///{directory}/botpod.db"}},
        "server": {"publicPort": public, "internalPort": internal},
    }
    bot = BotProcess(directory, config, echo=False)
    stack.push_async_callback(bot.kill)
    await bot.start()
    assert bot.process is not None
    return Target(name="bot", pid=bot.process.pid, probes={public: "/health", internal: "/livez"})


async def _beside(stack: contextlib.AsyncExitStack, directory: Path) -> Target:
    port = free_port()
    files = [f"--{name}={directory / name}" for name in ("order", "passwords", "token", "folder")]
    for name in ("passwords", "folder"):
        (directory / name).mkdir()
    pid = await _process(stack, "-m", "botpod_credentials", *files, f"--port={port}", port=port)
    return Target(name="credentials", pid=pid, probes={port: "/livez"})


async def _operator(stack: contextlib.AsyncExitStack) -> Target:
    port = free_port()
    program = str(Path(__file__).with_name("operator_port.py"))
    return Target(
        name="operator",
        pid=await _process(stack, program, str(port), port=port),
        probes={port: "/livez"},
    )


async def _process(stack: contextlib.AsyncExitStack, *command: str, port: int) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.DEVNULL
    )

    async def end() -> None:
        process.kill()
        await process.wait()

    stack.push_async_callback(end)

    async def answers() -> bool:
        return await _asked(port, "/livez") == 200

    await eventually(answers, seconds=60)
    return process.pid


if __name__ == "__main__":
    sys.stdout.write(f"{measure().line}\n")
