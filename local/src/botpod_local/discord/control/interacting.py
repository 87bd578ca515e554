"""Acting as a person: commands, buttons, menus and forms."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from botpod_local.discord.control.finding import (
    ControlError,
    find_application,
    find_message,
    find_place,
    number_in,
)
from botpod_local.discord.control.options import fill_options, find_nested, nest
from botpod_local.discord.control.resolving import resolve
from botpod_local.discord.forms.components import Kind
from botpod_local.discord.world.commands import offered_commands
from botpod_local.discord.world.interactions import FIRST_ANSWER_SECONDS, begin, mark_failed
from botpod_local.discord.world.records import InteractionType

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Application, Channel, Interaction, Json, Message, User
    from botpod_local.discord.world.world import World


class Interacting:
    """Uses commands, clicks, chooses, fills in. Each returns ``{"id": …}`` of the interaction."""

    def __init__(self, world: World) -> None:
        self._world = world

    def command(
        self,
        channel: str | int,
        user: str | int,
        name: str,
        options: dict[str, Any] | None = None,
        *,
        bot: str | int | None = None,
    ) -> dict[str, Any]:
        """Use a slash command.

        Args:
            channel: where.
            user: who.
            name: the command; for a subcommand ``"group sub"`` or ``"command sub"`` with spaces.
            options: values by the option's name; users, channels and roles by id.
            bot: whose command, if several bots have it.
        """
        who, place = find_place(self._world, user, channel)
        application, command, path = self._command(place, who, name, bot)
        chain, declared = find_nested(command, path)
        filled = fill_options(declared, options or {})
        data = _command_data(command, nest(chain, filled))
        if resolved := resolve(self._world, place, filled):
            data["resolved"] = resolved
        return self._begin(place, application, who, InteractionType.COMMAND, data)

    def autocomplete(
        self,
        channel: str | int,
        user: str | int,
        name: str,
        focused: str,
        *,
        options: dict[str, Any] | None = None,
        bot: str | int | None = None,
    ) -> dict[str, Any]:
        """Ask for completions of the option ``focused``; its text so far stands in ``options``."""
        who, place = find_place(self._world, user, channel)
        application, command, path = self._command(place, who, name, bot)
        chain, declared = find_nested(command, path)
        given = {focused: ""} | (options or {})
        filled = fill_options(declared, given, focused=focused)
        data = _command_data(command, nest(chain, filled))
        return self._begin(place, application, who, InteractionType.COMPLETION, data)

    def click(
        self, channel: str | int, message: str | int, user: str | int, custom_id: str
    ) -> dict[str, Any]:
        """Press a button."""
        who, place, found = self._on(user, channel, message)
        component = _component(found, custom_id)
        if component["type"] != Kind.BUTTON:
            raise ControlError(f"{custom_id!r} is no button.")
        data = {"component_type": component["type"], "custom_id": custom_id, "id": component["id"]}
        return self._begin(place, self._author(found), who, InteractionType.COMPONENT, data, source=found)

    def select(
        self, channel: str | int, message: str | int, user: str | int, custom_id: str, values: list[str]
    ) -> dict[str, Any]:
        """Choose from a menu; users, roles and channels by id."""
        who, place, found = self._on(user, channel, message)
        component = _component(found, custom_id)
        if component["type"] == Kind.BUTTON:
            raise ControlError(f"{custom_id!r} is no menu.")
        if not component["min_values"] <= len(values) <= component["max_values"]:
            least, most = component["min_values"], component["max_values"]
            raise ControlError(f"Choose {least} to {most} values.")
        offered = {o["value"] for o in component.get("options", ())}
        if component["type"] == Kind.STRING_SELECT and not offered.issuperset(values):
            raise ControlError(f"{custom_id!r} offers {', '.join(sorted(offered))}.")
        data = {
            "component_type": component["type"],
            "custom_id": custom_id,
            "id": component["id"],
            "values": values,
        }
        if component["type"] != Kind.STRING_SELECT:
            as_options = [{"type": _RESOLVED_AS[component["type"]], "value": v} for v in values]
            data["resolved"] = resolve(self._world, place, as_options)
        return self._begin(place, self._author(found), who, InteractionType.COMPONENT, data, source=found)

    def submit(self, interaction: str | int, values: dict[str, str]) -> dict[str, Any]:
        """Send the modal that an interaction was answered with.

        Args:
            interaction: the one that opened it.
            values: what is written, by each field's custom id.
        """
        opener = self._world.interactions.get(number_in(interaction) or 0)
        if opener is None or opener.modal is None:
            raise ControlError(f"The interaction {interaction} has opened no modal.")
        modal = opener.modal
        fields = [_submitted(row, values) for row in modal["components"]]
        data = {"custom_id": modal["custom_id"], "components": fields}
        place, who = self._world.channels[opener.channel_id], self._world.users[opener.user_id]
        source = place.messages.get(opener.message_id or 0)
        application = self._world.applications[opener.application_id]
        opener.modal = None
        return self._begin(place, application, who, InteractionType.MODAL, data, source=source, opener=opener)

    def _begin(
        self,
        place: Channel,
        application: Application,
        who: User,
        kind: InteractionType,
        data: Json,
        *,
        source: Message | None = None,
        opener: Interaction | None = None,
    ) -> dict[str, Any]:
        interaction = begin(
            self._world,
            place,
            application_id=application.id,
            user_id=who.id,
            kind=kind,
            data=data,
            message_id=source.id if source else None,
            opener_id=opener.id if opener else None,
        )
        _watch(self._world, interaction)
        return {"id": str(interaction.id), "channel_id": str(place.id)}

    def _on(self, user: str | int, channel: str | int, message: str | int) -> tuple[User, Channel, Message]:
        who, place = find_place(self._world, user, channel)
        return who, place, find_message(place, message)

    def _author(self, message: Message) -> Application:
        application = self._world.application_of(message.author_id)
        if application is None:
            raise ControlError("Only a bot's message has something to press.")
        return application

    def _command(
        self, place: Channel, who: User, name: str, bot: str | int | None
    ) -> tuple[Application, Json, list[str]]:
        first, *path = name.removeprefix("/").split()
        wanted = find_application(self._world, bot) if bot is not None else None
        offered: list[str] = []
        for application in self._world.applications.values():
            if (wanted is not None and application is not wanted) or not self._there(place, application):
                continue
            for command in offered_commands(self._world, application, place, who.id):
                offered.append(f"/{command['name']}")
                if command["name"] == first:
                    return application, command, path
        raise ControlError(f"There is no command /{first} here; there are {', '.join(offered) or 'none'}.")

    def _there(self, place: Channel, application: Application) -> bool:
        if place.guild_id is None:
            return application.bot_user_id in place.recipients
        return application.bot_user_id in self._world.guilds[place.guild_id].members


_RESOLVED_AS = {
    int(Kind.USER_SELECT): 6,
    int(Kind.CHANNEL_SELECT): 7,
    int(Kind.ROLE_SELECT): 8,
    int(Kind.MENTIONABLE_SELECT): 9,
}


def _command_data(command: Json, options: list[Json]) -> Json:
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if options:
        data["options"] = options
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    return data


def _component(message: Message, custom_id: str) -> Json:
    for row in message.components:
        for component in row.get("components", ()):
            if component.get("custom_id") == custom_id:
                if component.get("disabled"):
                    raise ControlError(f"{custom_id!r} is disabled.")
                found: Json = component
                return found
    raise ControlError(f"The message has no component {custom_id!r}.")


def _submitted(row: Json, values: dict[str, str]) -> Json:
    if "component" in row:
        return {"type": row["type"], "id": row["id"], "component": _written(row["component"], values)}
    inner = [_written(c, values) for c in row["components"]]
    return {"type": row["type"], "id": row["id"], "components": inner}


def _written(field: Json, values: dict[str, str]) -> Json:
    text: str = values.get(field["custom_id"]) or field.get("value", "")
    if field.get("required") and not text:
        raise ControlError(f"The field {field['custom_id']!r} is required.")
    bare: Json = {"type": field["type"], "id": field["id"], "custom_id": field["custom_id"]}
    if field["type"] != Kind.TEXT_INPUT:
        return bare | {"values": [text] if text else []}
    if not field.get("min_length", 0) <= len(text) <= field.get("max_length", 4000):
        raise ControlError(f"The field {field['custom_id']!r} is too short or too long.")
    return bare | {"value": text}


def _watch(world: World, interaction: Interaction) -> None:
    """Let the user's page know when the bot didn't answer in time."""
    loop = asyncio.get_running_loop()
    loop.call_later(FIRST_ANSWER_SECONDS + 0.05, mark_failed, world, interaction.id)
