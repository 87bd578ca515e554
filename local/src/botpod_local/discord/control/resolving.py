"""What an interaction carries of the users, channels and roles that it names. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.control.finding import ControlError
from botpod_local.discord.forms.commands import Option
from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.guilds import role_payload
from botpod_local.discord.payloads.users import bare_member_payload, user_payload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.discord.world.records import Channel, Json
    from botpod_local.discord.world.world import World


def resolve(world: World, place: Channel, options: Iterable[Json]) -> Json:
    """Return ``resolved`` for options that name users, channels or roles by id.

    Raises:
        ControlError: if there is nothing with that id.
    """
    resolved: Json = {}
    for option in options:
        if option["type"] not in {Option.USER, Option.CHANNEL, Option.ROLE, Option.MENTIONABLE}:
            continue
        written = option["value"]
        number = int(written) if str(written).isdecimal() else 0
        if not _found(world, place, option["type"], number, resolved):
            raise ControlError(f"Nothing has the id {written!r}.")
    return resolved


def _found(world: World, place: Channel, kind: int, number: int, resolved: Json) -> bool:
    guild = world.guilds.get(place.guild_id or 0)
    key = str(number)
    if kind in {Option.USER, Option.MENTIONABLE} and number in world.users:
        resolved.setdefault("users", {})[key] = user_payload(world.users[number])
        if guild is not None and number in guild.members:
            resolved.setdefault("members", {})[key] = bare_member_payload(guild.members[number])
        return True
    if kind in {Option.ROLE, Option.MENTIONABLE} and guild is not None and number in guild.roles:
        resolved.setdefault("roles", {})[key] = role_payload(guild.roles[number])
        return True
    if kind == Option.CHANNEL and number in world.channels:
        resolved.setdefault("channels", {})[key] = channel_payload(world, world.channels[number])
        return True
    return False
