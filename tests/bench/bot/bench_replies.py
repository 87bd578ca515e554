"""What an answer costs, and how much later it comes: ours beside a bare echo bot of stock nextcord.

One JSON object a line: name, value, unit, baseline, ratio, n. Both answer the same messages at the same rate,
by turns, with Discord's limits out of the way: ours from a skill without a model, with Redis for leases,
inbox, ledger and limits. ``reply_cpu_ratio``: replies for each second of processor time; ``reply_p50_ms`` and
``reply_p99_ms``: from the message to its answer, by the stand-in's clock.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contestants import Contestant, ours, stock
from eventually import eventually
from figures import Figure, percentile

from botpod_local.discord import DiscordServer

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOMS = 40
WARM = 100
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One round: processor seconds for each answer, and the seconds that each took."""

    cpu: float
    waits: Sequence[float]


async def measure(
    discord: DiscordServer, who: Contestant, *, prefix: str, rate: float, number: int
) -> Measured:
    """Ask so many questions at a rate, after some to warm up."""
    rooms = [one.name for one in discord.world.channels.values() if one.name.startswith("bench-")]
    await ask(discord, rooms, prefix=prefix, rate=rate, number=WARM)
    before = who.cpu_seconds
    waits = await ask(discord, rooms, prefix=prefix, rate=rate, number=number)
    return Measured((who.cpu_seconds - before) / number, waits)


async def ask(
    discord: DiscordServer, rooms: Sequence[str], *, prefix: str, rate: float, number: int
) -> Sequence[float]:
    """Return the seconds until each answer."""
    loop = asyncio.get_running_loop()
    after, due = discord.record.last, loop.time()
    asked: set[str] = set()
    for one in range(number):
        asked.add(
            discord.people.post(rooms[one % len(rooms)], "ada", f"{prefix}this is question {one}")["id"]
        )
        due += 1 / rate
        await asyncio.sleep(due - loop.time())
    await eventually(lambda: len(answered(discord, after, asked)) == number, seconds=PATIENCE, every=0.1)
    return answered(discord, after, asked)


def answered(discord: DiscordServer, after: int, asked: set[str]) -> list[float]:
    """Return the seconds that each answered question took."""
    at: dict[str, float] = {}
    waits: list[float] = []
    for entry in discord.record.entries(after=after, kind="message"):
        if entry["id"] in asked:
            at.setdefault(entry["id"], entry["at"])
        elif entry.get("reference") in at:
            waits.append(entry["at"] - at.pop(entry["reference"]))
    return waits


async def main() -> None:
    """Measure by turns."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=40.0, help="questions a second")
    parser.add_argument("--number", type=int, default=1000, help="questions in a round")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    rounds: dict[str, list[Measured]] = {"ours": [], "stock": []}
    for _ in range(wanted.rounds):
        for name, found in rounds.items():
            async with DiscordServer() as discord:
                discord.faults.set({"global_limit": 100_000})
                discord.faults.rate_limit("messages.create", 100_000, 1.0)
                for room in range(ROOMS):
                    discord.building.add_channel(f"bench-{room}")
                asked = {"rate": wanted.rate, "number": wanted.number}
                if name == "stock":
                    async with stock(discord) as bare:
                        found.append(await measure(discord, bare, prefix="", **asked))
                else:
                    async with ours(discord) as (one,):
                        found.append(await measure(discord, one, prefix="!ask ", **asked))
            sys.stderr.write(f"{name}: {found[-1].cpu * 1000:.2f} ms of processor time an answer\n")
    report(rounds["ours"], rounds["stock"])


def report(mine: Sequence[Measured], bare: Sequence[Measured]) -> None:
    """Print the figures."""

    def replies(measured: Sequence[Measured]) -> float:
        return 1 / statistics.median(one.cpu for one in measured)

    def wait(measured: Sequence[Measured], share: float) -> float:
        return 1000 * percentile([wait for one in measured for wait in one.waits], share)

    number = sum(len(one.waits) for one in mine)
    figures = [
        Figure(name="reply_cpu_ratio", value=replies(mine), unit="1/s", baseline=replies(bare), n=len(mine))
    ]
    for share in (0.5, 0.99):
        name = f"reply_p{share * 100:.0f}_ms"
        figures.append(
            Figure(name=name, value=wait(mine, share), unit="ms", baseline=wait(bare, share), n=number)
        )
    sys.stdout.writelines(figure.line + "\n" for figure in figures)


if __name__ == "__main__":
    asyncio.run(main())
