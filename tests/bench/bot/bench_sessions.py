"""Many shards and many guilds: how soon all are connected, and what they cost in memory.

One JSON object a line: name, value, unit, baseline, ratio, n. ``shards64_ready_s``: 64 shards over two
processes, from their start, at ``max_concurrency`` 16 and Discord's five seconds between two turns;
``shards64_op9``: how often Discord refused. ``guilds2500_rss_mib``: one process with 2,500 guilds on its only
shard, beside stock nextcord's.
"""

from __future__ import annotations

import asyncio
import sys
import time

from contestants import ours, stock
from eventually import eventually
from figures import Figure

from botpod_local.discord import DiscordServer

SHARDS, PROCESSES, CONCURRENCY = 64, 2, 16
GUILDS = 2_500
SETTLE_SECONDS = 15.0
PATIENCE = 120.0


async def connected(discord: DiscordServer, shards: int) -> None:
    """Wait until so many sessions are there."""

    def all_there() -> bool:
        return sum(one["connected"] for one in discord.looking.sessions()) >= shards

    await eventually(all_there, seconds=PATIENCE, every=0.05)


async def shards() -> None:
    """Start 64."""
    async with DiscordServer() as discord:
        discord.settings.max_concurrency = CONCURRENCY
        began = time.monotonic()
        async with ours(discord, shards=SHARDS, processes=PROCESSES):
            await connected(discord, SHARDS)
            took = time.monotonic() - began
            refused = discord.record.counters["invalid_sessions"]
    say(Figure(name="shards64_ready_s", value=took, unit="s"))
    say(Figure(name="shards64_op9", value=refused, unit=""))


def people_many_guilds(discord: DiscordServer) -> None:
    """Let the bot into them."""
    bot = discord.world.users[discord.application.bot_user_id].username
    for number in range(GUILDS - len(discord.world.guilds)):
        discord.building.add_guild(f"guild-{number}", "ada", ["general"], ["linus", bot])


async def guilds() -> None:
    """Compare memory."""
    found: list[float] = []
    for mine in (False, True):
        async with DiscordServer() as discord:
            people_many_guilds(discord)
            if mine:
                async with ours(discord) as (one,):
                    await connected(discord, 1)
                    await asyncio.sleep(SETTLE_SECONDS)
                    found.append(one.resident_mib)
            else:
                async with stock(discord) as bare:
                    await asyncio.sleep(SETTLE_SECONDS)
                    found.append(bare.resident_mib)
    baseline, value = found
    say(Figure(name="guilds2500_rss_mib", value=value, unit="MiB", baseline=baseline))


def say(figure: Figure) -> None:
    """Print a figure."""
    sys.stdout.write(figure.line + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Measure both."""
    await shards()
    await guilds()


if __name__ == "__main__":
    asyncio.run(main())
