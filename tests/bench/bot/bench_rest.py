"""Sends to many channels at once: ours beside nextcord's own client, on a Discord that counts.

One JSON object a line: name, value, unit, baseline, ratio, n. ``parallelN_s``: one message to each of N
channels, in the second round, whose buckets are not exhausted; ``burst120_s``: three messages to each of 40
channels at once; ``rest_429``: how many answers of 429 ours met in all of it. Values are medians of n runs.
Stock nextcord takes minutes for some, and is measured once: past ``--patience`` seconds a baseline is that
figure, the least it takes, and standard error says so.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from figures import Figure

from botpod_local.discord import DiscordServer

HERE = Path(__file__).parent
OURS, STOCK = HERE / "our_rest.py", HERE / "stock_nextcord.py"
TURNS = 3
PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many ``messages`` to each of ``channels``, in each of ``rounds``; the last one is measured."""

    name: str
    channels: int
    messages: int = 1
    rounds: int = 2


BURST = Load(name="burst120_s", channels=40, messages=3, rounds=1)


async def measure(program: Path, load: Load, *, patience: float) -> tuple[float, int]:
    """Return the seconds that the last round took and the 429s it cost, in a world of its own."""
    async with DiscordServer() as discord:
        rooms = [int(discord.building.add_channel(f"room-{n}")["id"]) for n in range(load.channels)]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(str(program), discord.api_url, discord.token),
            *(json.dumps(rooms), str(load.messages), str(load.rounds)),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        assert process.stdout is not None
        took = patience
        try:
            with contextlib.suppress(TimeoutError):
                for _ in range(load.rounds):
                    took = patience
                    async with asyncio.timeout(patience):
                        took = float(await process.stdout.readline())
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return took, discord.record.counters["status 429"]


async def compare(load: Load, *, turns: int, patience: float) -> int:
    """Print ours beside the stock client's; return our 429s."""
    stock, theirs = await measure(STOCK, load, patience=patience)
    measured = [await measure(OURS, load, patience=patience) for _ in range(turns)]
    ours = [took for took, _ in measured]
    refused = sum(count for _, count in measured)
    least = "at least " if stock >= patience else ""
    sys.stderr.write(
        f"{load.name}: ours {min(ours):.3f} to {max(ours):.3f} s, {refused} answers of 429;"
        f" stock {least}{stock:.3f} s, {theirs}\n"
    )
    figure = Figure(name=load.name, value=statistics.median(ours), unit="s", baseline=stock, n=len(ours))
    sys.stdout.write(figure.line + "\n")
    sys.stdout.flush()
    return refused


async def main() -> None:
    """Measure one load after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, nargs="*", default=[20, 200])
    parser.add_argument("--turns", type=int, default=TURNS, help="processes of ours for each figure")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds that a round may take")
    wanted = parser.parse_args()
    loads = [Load(name=f"parallel{number}_s", channels=number) for number in wanted.channels]
    refused = 0
    for load in (*loads, BURST):
        refused += await compare(load, turns=wanted.turns, patience=wanted.patience)
    sys.stdout.write(Figure(name="rest_429", value=refused, unit="answers").line + "\n")


if __name__ == "__main__":
    asyncio.run(main())
