"""The slash commands at Discord: what the skills want, compared with what is there. Pure but for ``sync``."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any, Protocol

from botpod.errors import BotpodError, Transient
from botpod.gateway.errors import understood
from botpod.permissions.names import bits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from botpod.skills.protocol import Command, Manifest
    from botpod.state.port import Locks
    from botpod.status import Status

log = logging.getLogger(__name__)

SYNC_SECONDS = 60.0
"""How long the pod that compares the commands keeps the others from doing so."""
PAUSES = (2.0, 10.0, 30.0)
"""Seconds before each further try, while Discord is in trouble."""
_CHAT_INPUT = 1
_GUILD, _BOT_DM = 0, 1
"""Where Discord offers a command."""
_OPTION_TYPES = {"string": 3, "integer": 4, "boolean": 5, "number": 10}


class CommandsAtDiscord(Protocol):
    """Reads and writes the application's global commands."""

    async def commands(self, application_id: int) -> Sequence[Mapping[str, Any]]:
        """Return what is there."""
        ...

    async def overwrite_commands(self, application_id: int, commands: Sequence[dict[str, Any]]) -> None:
        """Replace what is there; commands of the same name keep their ids."""
        ...


def payload(command: Command) -> dict[str, Any]:
    """Return the command as Discord takes it; required options come first, as Discord demands.

    What it requires is Discord's default: a server's administrators can offer the command to others, so it is
    checked again when it is used.
    """
    options: list[dict[str, Any]] = []
    for option in sorted(command.options, key=lambda one: not one.required):
        entry: dict[str, Any] = {
            "type": _OPTION_TYPES[option.type],
            "name": option.name,
            "description": option.description,
            "required": option.required,
        }
        if option.choices:
            entry["choices"] = [{"name": choice, "value": choice} for choice in option.choices]
        if option.max_length is not None:
            entry["max_length"] = option.max_length
        options.append(entry)
    offered: dict[str, Any] = {}
    if command.requires:
        offered = {"default_member_permissions": str(bits(command.requires)), "contexts": [_GUILD]}
    return {
        "type": _CHAT_INPUT,
        "name": command.name,
        "description": command.description,
        "options": options,
        **offered,
    }


def payloads(manifests: Iterable[Manifest]) -> list[dict[str, Any]]:
    """Return every skill's commands; of two with one name the first skill's."""
    found: dict[str, dict[str, Any]] = {}
    for manifest in manifests:
        for command in manifest.commands:
            found.setdefault(command.name, payload(command))
    return list(found.values())


def same(wanted: Sequence[Mapping[str, Any]], there: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether Discord already has exactly ``wanted``, whatever else it tells about each."""
    return _keyed(wanted) == _keyed(there)


def _keyed(commands: Sequence[Mapping[str, Any]]) -> dict[tuple[int, str], Any]:
    return {
        (command.get("type", _CHAT_INPUT), command["name"]): (
            command.get("description", ""),
            [_comparable(option) for option in command.get("options") or ()],
            *_offered(command),
        )
        for command in commands
    }


def _offered(command: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Return what a command needs by default, and whether it is offered in direct messages.

    Discord says the second in two ways, and may fill in either of them where nothing was said.
    """
    contexts = command.get("contexts")
    direct = command.get("dm_permission") is not False if contexts is None else _BOT_DM in contexts
    return command.get("default_member_permissions"), direct


def _comparable(option: Mapping[str, Any]) -> tuple[Any, ...]:
    choices = [(choice["name"], choice["value"]) for choice in option.get("choices") or ()]
    return (
        option["type"],
        option["name"],
        option["description"],
        bool(option.get("required", False)),
        option.get("max_length"),
        choices,
    )


async def sync(
    manifests: Iterable[Manifest],
    *,
    discord: CommandsAtDiscord,
    application_id: int,
    locks: Locks,
    status: Status,
) -> None:
    """Bring the commands at Discord up to date, in one call and only where they differ; one pod does it.

    Trouble is logged and shown in the status: the bot works without its slash commands.
    """
    wanted = payloads(manifests)
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]
    if not await locks.lock(f"commands:{digest}", ttl=SYNC_SECONDS):
        return
    for pause in (*PAUSES, None):
        try:
            await _update(wanted, discord, application_id)
        except BotpodError as error:
            sentence = f"The slash commands could not be updated: {error}"
            status.note("commands", sentence)
            log.warning("%s", sentence)
            if pause is None or not isinstance(error, Transient):
                return
            await asyncio.sleep(pause)
        else:
            status.note("commands", None)
            return


async def _update(wanted: list[dict[str, Any]], discord: CommandsAtDiscord, application_id: int) -> None:
    there = await discord.commands(application_id)
    with understood():
        up_to_date = same(wanted, there)
    if up_to_date:
        log.info("The slash commands are up to date.")
    else:
        await discord.overwrite_commands(application_id, wanted)
        log.info("The slash commands are updated.", extra={"commands": [one["name"] for one in wanted]})
