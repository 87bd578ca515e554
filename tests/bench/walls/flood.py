"""``flood_others_ratio`` and ``flood_dropped_silently``: what a flood in one channel does to everybody else.

200 accounts write 2,000 messages in one channel while somebody asks in another server, all under the limits
that are built in and under Discord's own. The ratio is of the 95th percentiles of how long those of the other
server wait, with the flood and without it, by one process. Silent is a message of the flood that has no
answer and whose author no notice after it names.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING, Any

from contestants import ours
from eventually import eventually
from figures import Figure, percentile

from botpod_local.discord import DiscordServer

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCOUNTS, EACH = 200, 10
MOST_MESSAGES = 10_000
QUIET_ROOMS, QUESTIONS, EVERY_SECONDS = 4, 60, 0.4
LATE_SECONDS = 240.0
"""By when everybody was answered or told: what waits for longer is told that the bot is busy."""


def measure() -> Sequence[Figure]:
    """Return both."""
    return asyncio.run(_measure())


async def _measure() -> Sequence[Figure]:
    async with DiscordServer() as discord:
        bot = next(one.username for one in discord.world.users.values() if one.bot)
        home = next(iter(discord.world.guilds))
        names = [f"quiet-{number}" for number in range(QUIET_ROOMS)]
        made = discord.building.add_guild("quiet", "ada", channels=names, members=[bot])
        quiet, rooms = made["id"], list(made["channels"].values())
        people = [_member(discord, f"quiet-{n}", quiet) for n in range(QUESTIONS)]
        crowd = [_member(discord, f"loud-{n}", home) for n in range(ACCOUNTS)]
        async with ours(discord, limits={}):
            await _ask(discord, rooms, people[:QUIET_ROOMS])
            without = await _ask(discord, rooms, people)
            flood = asyncio.create_task(_flood(discord, crowd))
            beside = await _ask(discord, rooms, people)
            asked = await flood
            silent = await _silent(discord, asked)
    p95, before = percentile(beside, 0.95), percentile(without, 0.95)
    return (
        Figure(name="flood_others_ratio", value=p95, unit="s", baseline=before, n=len(beside)),
        Figure(name="flood_dropped_silently", value=len(silent), unit="messages", baseline=0, n=len(asked)),
    )


def _member(discord: DiscordServer, name: str, guild: str | int) -> str:
    username: str = discord.building.add_user(name)["username"]
    discord.building.add_member(username, guild)
    return username


async def _ask(discord: DiscordServer, rooms: Sequence[str], people: Sequence[str]) -> list[float]:
    """Have each ask once, one after the other; return the seconds until the answers."""
    after, due, asked = discord.record.last, asyncio.get_running_loop().time(), set[str]()
    for number, person in enumerate(people):
        asked.add(discord.people.post(rooms[number % len(rooms)], person, f"!ask quietly {number}")["id"])
        due += EVERY_SECONDS
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
    await eventually(
        lambda: len(_waits(discord, after, asked)) == len(asked), seconds=LATE_SECONDS, every=0.2
    )
    return _waits(discord, after, asked)


def _waits(discord: DiscordServer, after: int, asked: set[str]) -> list[float]:
    at: dict[str, float] = {}
    waits = []
    for entry in discord.record.entries(after=after, kind="message"):
        if entry["id"] in asked:
            at[entry["id"]] = entry["at"]
        elif entry.get("reference") in at:
            waits.append(entry["at"] - at.pop(entry["reference"]))
    return waits


async def _flood(discord: DiscordServer, crowd: Sequence[str]) -> dict[str, str]:
    """Have everybody write as often as they may; return who wrote which message."""
    pause = QUESTIONS * EVERY_SECONDS / (len(crowd) * EACH)
    asked: dict[str, str] = {}
    for number in range(EACH):
        for person in crowd:
            message = discord.people.post("general", person, f"!ask slowly {number}")
            asked[message["id"]] = message["author"]["id"]
            await asyncio.sleep(pause)
    return asked


async def _silent(discord: DiscordServer, asked: dict[str, str]) -> set[str]:
    """Wait until all heard of theirs, or until it is late; return those who didn't."""
    try:
        await eventually(lambda: not _unheard(discord, asked), seconds=LATE_SECONDS, every=1.0)
    except AssertionError:
        sys.stderr.write(f"silent after {LATE_SECONDS:.0f} s: {len(_unheard(discord, asked))}\n")
    return _unheard(discord, asked)


def _unheard(discord: DiscordServer, asked: dict[str, str]) -> set[str]:
    waiting = dict(asked)
    posted: dict[str, str] = {}
    for one in _said(discord):
        if one["id"] in asked:
            posted[one["id"]] = asked[one["id"]]
            continue
        waiting.pop((one.get("message_reference") or {}).get("message_id", ""), None)
        for named in re.findall("<@([0-9]+)>", one["content"]):
            for message, author in list(posted.items()):
                if author == named:
                    waiting.pop(message, None)
    return set(waiting)


def _said(discord: DiscordServer) -> list[dict[str, Any]]:
    """Return what stands in the channel, oldest first."""
    return sorted(discord.looking.messages("general", limit=MOST_MESSAGES), key=lambda one: int(one["id"]))
