"""Application commands: what may be registered, and how Discord gives it back."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botpod_local.discord.forms.fields import Fields
    from botpod_local.discord.world.records import Json

MOST_COMMANDS = 100
MOST_OPTIONS = 25
_NAME = re.compile(r"^[-_'\w]{1,32}$")


class CommandType(IntEnum):
    """What kind of command."""

    CHAT = 1
    USER = 2
    MESSAGE = 3


class Option(IntEnum):
    """The kinds of option."""

    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


_NESTS = {Option.SUBCOMMAND, Option.GROUP}
_PLAIN = {
    "dm_permission": True,
    "nsfw": False,
    "name_localizations": None,
    "description_localizations": None,
    "contexts": None,
    "integration_types": [0],
}
"""What is given back as it came, or else as this."""
_CHOOSES = {Option.STRING, Option.INTEGER, Option.NUMBER}


def read_command(fields: Fields, *, partial: bool = False) -> Json:
    """Return what a body says of a command, as Discord gives it back; mistakes are noted in ``fields``.

    Args:
        fields: the body.
        partial: whether it edits (then only what it names comes back).
    """
    kind = fields.choice("type", (1, 2, 3)) or CommandType.CHAT
    for name in ("dm_permission", "nsfw"):
        fields.flag(name)
    command: Json = {} if partial else {"type": kind}
    if not partial or fields.has("name"):
        command["name"] = _name(fields, chat=kind == CommandType.CHAT)
    if not partial or "description" in fields.body:
        command["description"] = _description(fields, chat=kind == CommandType.CHAT)
    if not partial or "options" in fields.body:
        command["options"] = _options(fields, depth=0)
    if not partial or "default_member_permissions" in fields.body:
        held = fields.integer("default_member_permissions", least=0)
        command["default_member_permissions"] = None if held is None else str(held)
    for name, default in _PLAIN.items():
        if not partial or name in fields.body:
            given = fields.body.get(name)
            command[name] = default if given is None else given
    return command


def _name(fields: Fields, *, chat: bool) -> str | None:
    name = fields.text("name", shortest=1, longest=32, required=True)
    if name and chat and (not _NAME.match(name) or name != name.lower()):
        fields.wrong("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    return name


def _description(fields: Fields, *, chat: bool) -> str | None:
    if chat:
        return fields.text("description", shortest=1, longest=100, required=True)
    if fields.body.get("description"):
        said = "Context menu commands cannot have description"
        fields.wrong("description", "APPLICATION_COMMAND_DESCRIPTION_CANNOT_BE_SET", said)
    return ""


def _options(fields: Fields, *, depth: int) -> list[Json]:
    options: list[Json] = []
    seen: set[str] = set()
    optional_before = False
    for each in fields.each("options", most=MOST_OPTIONS):
        option = _option(each, depth)
        if option.get("name") in seen:
            said = "Option names must be unique"
            each.wrong("name", "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", said)
        seen.add(str(option.get("name")))
        if option.get("required") and optional_before:
            said = "Required options must be placed before non-required options"
            each.wrong(None, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", said)
        optional_before = optional_before or not option.get("required")
        options.append(option)
    kinds = {o.get("type") in _NESTS for o in options}
    if len(kinds) > 1:
        said = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        fields.wrong("options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", said)
    return options


def _option(fields: Fields, depth: int) -> Json:
    kind = fields.choice("type", tuple(int(o) for o in Option), required=True)
    option: Json = {
        "type": kind,
        "name": _name(fields, chat=True),
        "description": fields.text("description", shortest=1, longest=100, required=True),
    }
    for name in ("name_localizations", "description_localizations"):
        if fields.has(name):
            option[name] = fields.body[name]
    if kind in _NESTS:
        if depth + (kind == Option.SUBCOMMAND) > 1 + (depth == 1 and kind == Option.SUBCOMMAND):
            said = "Invalid nesting of sub-commands and groups"
            fields.wrong("type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", said)
        option["options"] = _options(fields, depth=depth + 1) if depth <= 1 else []
        return option
    if fields.flag("required"):
        option["required"] = True
    if kind in _CHOOSES:
        _choosing(fields, option, Option(kind))
    if kind == Option.CHANNEL and fields.has("channel_types"):
        option["channel_types"] = fields.body["channel_types"]
    return option


def _choosing(fields: Fields, option: Json, kind: Option) -> None:
    choices = [_choice(each, kind) for each in fields.each("choices", most=MOST_OPTIONS)]
    if choices:
        option["choices"] = choices
    if fields.flag("autocomplete"):
        option["autocomplete"] = True
        if choices:
            said = "Autocomplete options cannot have choices"
            fields.wrong("choices", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", said)
    limits = ("min_length", "max_length") if kind is Option.STRING else ("min_value", "max_value")
    for name in limits:
        value = fields.body.get(name)
        if value is not None:
            option[name] = value


def _choice(fields: Fields, kind: Option) -> Json:
    value: Any = fields.body.get("value")
    fits = isinstance(value, str) if kind is Option.STRING else isinstance(value, int | float)
    if not fits or isinstance(value, bool):
        fields.wrong("value", "BASE_TYPE_REQUIRED", "This field is required")
    return {"name": fields.text("name", shortest=1, longest=100, required=True), "value": value}
