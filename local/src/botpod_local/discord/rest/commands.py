"""Application commands, global and in a guild."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.forms.commands import MOST_COMMANDS, read_command
from botpod_local.discord.forms.fields import Fields
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.world import commands

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Json

LARGEST_LIST = MOST_COMMANDS + 30
"""100 chat commands, 15 for users, 15 for messages."""


def _guild_id(call: Call) -> int | None:
    if call.id("application_id") != call.application.id:
        # Discord's own answer to the right token with someone else's application.
        raise Refusal(Fault.UNKNOWN_APPLICATION)
    if "guild_id" not in call.params:
        return None
    guild_id = call.id("guild_id")
    guild = call.world.guilds.get(guild_id)
    if guild is None or call.me.id not in guild.members:
        raise Refusal(Fault.MISSING_ACCESS)
    return guild_id


def _shown(call: Call, command: Json) -> Json:
    hidden = {"name_localizations", "description_localizations"}
    if call.method_reads and not call.query_flag("with_localizations"):
        return {k: v for k, v in command.items() if k not in hidden}
    return command


def list_commands(call: Call) -> Answer:
    """Return all commands."""
    there = commands.commands_in(call.application, _guild_id(call))
    return Answer(200, [_shown(call, c) for c in there.values()])


def get_command(call: Call) -> Answer:
    """Return one command."""
    guild_id = _guild_id(call)
    command = commands.get_command(call.application, guild_id, call.id("command_id"))
    return Answer(200, _shown(call, command))


def create_command(call: Call) -> Answer:
    """Register a command, in place of one with the same name."""
    guild_id = _guild_id(call)
    fields = call.fields()
    body = read_command(fields)
    fields.done()
    command, new = commands.put_command(call.world, call.application, guild_id, body)
    return Answer(201 if new else 200, command)


def edit_command(call: Call) -> Answer:
    """Change a command."""
    guild_id = _guild_id(call)
    command_id = call.id("command_id")
    old = commands.get_command(call.application, guild_id, command_id)
    fields = Fields(call.fields().body | {"type": old["type"]})
    body = read_command(fields, partial=True)
    fields.done()
    changed = commands.change_command(call.world, call.application, guild_id, command_id, body)
    return Answer(200, changed)


def overwrite_commands(call: Call) -> Answer:
    """Put exactly the given commands in place of all."""
    guild_id = _guild_id(call)
    bodies: list[Json] = []
    # The body is a list; its mistakes are numbered at the top.
    fields = Fields({"list": call.body})
    names: set[tuple[Any, Any]] = set()
    for each in fields.each("list", most=LARGEST_LIST, required=True):
        body = read_command(each)
        key = (body.get("type"), body.get("name"))
        if key in names:
            said = "Application command names must be unique"
            each.wrong("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", said)
        names.add(key)
        bodies.append(body)
    try:
        fields.done()
    except Refusal as refusal:
        raise Refusal(Fault.INVALID_FORM, (refusal.errors or {}).get("list")) from None
    new = commands.replace_commands(call.world, call.application, guild_id, bodies)
    return Answer(200, new)


def delete_command(call: Call) -> Answer:
    """Take a command away."""
    guild_id = _guild_id(call)
    commands.delete_command(call.world, call.application, guild_id, call.id("command_id"))
    return NO_CONTENT


def list_permissions(call: Call) -> Answer:
    """Return the exceptions set for commands in a guild: here there are none."""
    _guild_id(call)
    return Answer(200, [])


_GLOBAL = "/applications/{application_id}/commands"
_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
_HANDLERS = (
    ("GET", "", list_commands),
    ("POST", "", create_command),
    ("PUT", "", overwrite_commands),
    ("GET", "/{command_id}", get_command),
    ("PATCH", "/{command_id}", edit_command),
    ("DELETE", "/{command_id}", delete_command),
)
ROUTES = (
    Route(
        method="GET",
        template=f"{_GUILD}/permissions",
        handler=list_permissions,
        rule=rules.COMMANDS,
        major=("guild_id",),
    ),
    *(
        Route(method=method, template=base + below, handler=handler, rule=rules.COMMANDS, major=major)
        for base, major in ((_GLOBAL, ()), (_GUILD, ("guild_id",)))
        for method, below, handler in _HANDLERS
    ),
)
