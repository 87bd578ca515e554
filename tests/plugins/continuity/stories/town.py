"""Where people talk: guilds on every shard, and rooms enough to keep a channel's limits out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_local.discord import DiscordServer

PEOPLE = ("ada", "linus", "grace", "alan")


@dataclass(frozen=True, slots=True)
class Room:
    """One channel with the one person who asks there: a conversation."""

    guild: str
    channel_id: str
    person: str


def build(discord: DiscordServer, *, guilds: int, rooms: int) -> list[Room]:
    """Make ``guilds`` guilds with ``rooms`` rooms each; return the rooms, neighbours in different guilds.

    The stand-in's n-th guild lies on shard n of any usual count, and its own world has the first.
    """
    bot = discord.world.users[discord.application.bot_user_id].username
    names = [next(iter(discord.world.guilds.values())).name]
    for number in range(1, guilds):
        name = f"guild-{number}"
        discord.building.add_guild(name, PEOPLE[0], [], [*PEOPLE[1:], bot])
        names.append(name)
    return [
        Room(name, discord.building.add_channel(f"room-{room}", name)["id"], PEOPLE[room % len(PEOPLE)])
        for room in range(rooms)
        for name in names
    ]
