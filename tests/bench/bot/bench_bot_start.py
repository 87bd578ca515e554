"""One bot process, idle: its memory, and how soon it is ready; beside a bare nextcord client in the same run.

``make bench`` prints one JSON object a line: name, value, unit, baseline, ratio, n. Values are medians of n
processes; memory is the resident set IDLE_SECONDS after readiness, the time is from the process's start.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bot_process import BotProcess
from processes import free_port

from botpod_local.discord import DiscordServer
from botpod_local.models import ModelsServer

RUNS = 3
IDLE_SECONDS = 5.0
BARE = Path(__file__).with_name("bare_nextcord.py")
VENDORS = {
    "": ("OpenAI", "openai-api-key"),
    "_anthropic": ("Anthropic", "anthropic-api-key"),
}


def resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def measure_bare(discord: DiscordServer) -> tuple[float, float]:
    """Return memory in MiB and seconds until ready of a client that only connects."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(BARE), discord.api_url, discord.token, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), 60)
        took = time.monotonic() - began
        await asyncio.sleep(IDLE_SECONDS)
        return resident_mib(process.pid), took
    finally:
        process.terminate()
        await process.wait()


async def measure_bot(discord: DiscordServer, models: ModelsServer, vendor: str) -> tuple[float, float]:
    """Return the same of ``botpod run`` with one model of that vendor."""
    provider, key = VENDORS[vendor]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "discord-token").write_text(discord.token, encoding="utf-8")
        (directory / key).write_text("sk-bench", encoding="utf-8")
        kinds = {"discord-token": "DiscordToken", key: provider}
        url = models.openai_url if provider == "OpenAI" else models.anthropic_url
        config = {
            "bot": {"name": "bench"},
            "discord": {"apiUrl": discord.api_url},
            "credentials": {
                "directory": name,
                "keys": [{"name": one, "kind": kind} for one, kind in kinds.items()],
            },
            "models": [
                {"name": "main", "provider": provider, "model": "any", "baseUrl": url, "credential": key}
            ],
            "state": {"sql": {"url": f"sqlite+aiosqlite:///{name}/botpod.db"}},
            "server": {"publicPort": free_port(), "internalPort": free_port()},
        }
        bot = BotProcess(directory, config, echo=False)
        began = time.monotonic()
        try:
            await bot.start(wait=False)
            assert bot.process is not None
            while (await bot.get("/readyz"))[0] != 200:
                assert bot.process.returncode is None, "\n".join(bot.raw)
                await asyncio.sleep(0.02)
            took = time.monotonic() - began
            await asyncio.sleep(IDLE_SECONDS)
            return bot.resident_mib, took
        finally:
            await bot.kill()


def line(name: str, values: list[float], unit: str, baseline: list[float]) -> str:
    """Return one figure as JSON."""
    value, base = statistics.median(values), statistics.median(baseline)
    figure = {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": round(base, 2),
        "ratio": round(value / base, 2),
        "n": len(values),
    }
    return json.dumps(figure)


async def main() -> None:
    """Measure in turn, so that a busy moment of the machine meets all of them."""
    bare: list[tuple[float, float]] = []
    bots: dict[str, list[tuple[float, float]]] = {vendor: [] for vendor in VENDORS}
    async with DiscordServer() as discord, ModelsServer() as models:
        discord.settings.max_concurrency = 16
        discord.settings.identify_spacing = 0
        for _ in range(RUNS):
            bare.append(await measure_bare(discord))
            for vendor in VENDORS:
                bots[vendor].append(await measure_bot(discord, models, vendor))
    for vendor, measured in bots.items():
        sys.stdout.write(
            line(f"bot_rss{vendor}_mib", [m for m, _ in measured], "MiB", [m for m, _ in bare]) + "\n"
        )
    ready = [seconds for _, seconds in bots[""]]
    sys.stdout.write(line("bot_ready_s", ready, "s", [seconds for _, seconds in bare]) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
