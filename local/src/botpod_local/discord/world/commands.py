"""An application's commands, global and in a guild."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.world.happening import Audience, Happening
from botpod_local.discord.world.permissions import Permission, in_channel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.discord.world.records import Application, Channel, Json
    from botpod_local.discord.world.world import World

_GUILD, _BOT_DM = 0, 1
MOST_OF_A_KIND = {1: 100, 2: 15, 3: 15}


def commands_in(application: Application, guild_id: int | None) -> dict[int, Json]:
    """Return the application's commands: global (None) or those of one guild."""
    if guild_id is None:
        return application.commands
    return application.guild_commands.setdefault(guild_id, {})


def offered_commands(world: World, application: Application, channel: Channel, user_id: int) -> list[Json]:
    """Return the commands that Discord's own client offers a user in a channel."""
    seen = list(application.commands.values())
    if channel.guild_id is None:
        return [c for c in seen if c.get("dm_permission", True) and _fits(c, _BOT_DM)]
    seen += application.guild_commands.get(channel.guild_id, {}).values()
    held = in_channel(world, channel, user_id)
    return [c for c in seen if _fits(c, _GUILD) and _permitted(c, held)]


def _fits(command: Json, context: int) -> bool:
    contexts = command.get("contexts")
    return contexts is None or context in contexts


def _permitted(command: Json, held: int) -> bool:
    written = command.get("default_member_permissions")
    if written is None:
        return True
    # "0" leaves the command to administrators.
    needed = int(written) or Permission.ADMINISTRATOR
    return held & needed == needed


def put_command(
    world: World, application: Application, guild_id: int | None, body: Json
) -> tuple[Json, bool]:
    """Register a command; one with the same name and type is overwritten. Return it and whether it is new."""
    there = commands_in(application, guild_id)
    old = next((c for c in there.values() if _key(c) == _key(body)), None)
    if old is None and sum(c["type"] == body["type"] for c in there.values()) >= MOST_OF_A_KIND[body["type"]]:
        raise Refusal(Fault.TOO_MANY_COMMANDS)
    command = _finished(world, application, guild_id, body, old)
    there[int(command["id"])] = command
    announce(world, application, guild_id)
    return command, old is None


def change_command(
    world: World, application: Application, guild_id: int | None, command_id: int, body: Json
) -> Json:
    """Change what ``body`` names of a command."""
    there = commands_in(application, guild_id)
    old = get_command(application, guild_id, command_id)
    command = old | body | {"version": str(world.snowflakes.next())}
    there[command_id] = command
    announce(world, application, guild_id)
    return command


def replace_commands(
    world: World, application: Application, guild_id: int | None, bodies: Iterable[Json]
) -> list[Json]:
    """Put exactly these commands in place of all; those that stay keep their ids."""
    there = commands_in(application, guild_id)
    old = {_key(c): c for c in there.values()}
    new = [_finished(world, application, guild_id, b, old.get(_key(b))) for b in bodies]
    there.clear()
    there.update({int(c["id"]): c for c in new})
    announce(world, application, guild_id)
    return new


def get_command(application: Application, guild_id: int | None, command_id: int) -> Json:
    """Return a command, or refuse."""
    try:
        return commands_in(application, guild_id)[command_id]
    except KeyError:
        raise Refusal(Fault.UNKNOWN_COMMAND) from None


def delete_command(world: World, application: Application, guild_id: int | None, command_id: int) -> None:
    """Take a command away."""
    get_command(application, guild_id, command_id)
    del commands_in(application, guild_id)[command_id]
    announce(world, application, guild_id)


def announce(world: World, application: Application, guild_id: int | None) -> None:
    """Tell the pages that an application's commands changed."""
    data: Json = {
        "application_id": str(application.id),
        "guild_id": str(guild_id) if guild_id else None,
        "commands": list(commands_in(application, guild_id).values()),
    }
    world.emit(Happening(name="COMMANDS_UPDATE", data=data, audience=Audience.PEOPLE))


def _key(command: Json) -> tuple[int, str]:
    return command["type"], command["name"]


def _finished(
    world: World, application: Application, guild_id: int | None, body: Json, old: Json | None
) -> Json:
    bare = {k: v for k, v in body.items() if v is not None or k != "contexts"}
    place: Json = {} if guild_id is None else {"guild_id": str(guild_id)}
    if guild_id is not None:
        # What Discord gives back for a guild's command lacks what only makes sense globally.
        for name in ("dm_permission", "contexts", "integration_types"):
            bare.pop(name, None)
    command = {
        "id": old["id"] if old else str(world.snowflakes.next()),
        "application_id": str(application.id),
        "version": "",
        **place,
        **bare,
    }
    unchanged = old is not None and command | {"version": old["version"]} == old
    command["version"] = old["version"] if old and unchanged else str(world.snowflakes.next())
    return command
