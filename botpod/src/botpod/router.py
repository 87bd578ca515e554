"""Who gets an event. Pure: events and manifests in, a decision out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from botpod.events import CommandEvent, ComponentEvent, MessageEvent
from botpod.skills.protocol import Trigger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from botpod.events import Event
    from botpod.skills.protocol import Command, Manifest, Option

type Value = str | int | float | bool

_NAMED = re.compile(r"(?P<name>\S+)\s*(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """An event with the skill it is for; ``text`` without the mention or the command's name."""

    event: Event
    skill: str
    command: str | None
    text: str
    options: Mapping[str, Value] = field(default_factory=dict)
    written: str = ""
    """The command as people write it, ``/ask`` or ``!ask``."""
    requires: frozenset[str] = frozenset()
    """What the command requires of whoever uses it: Discord's permissions by name."""


@dataclass(frozen=True, slots=True)
class Router:
    """Maps commands and triggers to skills; the first skill that asks for something gets it."""

    prefix: str
    commands: Mapping[str, tuple[str, Command]]
    triggers: Mapping[Trigger, str]

    @classmethod
    def of(cls, manifests: Iterable[Manifest], *, prefix: str) -> Router:
        """Build the table from the manifests, in their order."""
        commands: dict[str, tuple[str, Command]] = {}
        triggers: dict[Trigger, str] = {}
        for manifest in manifests:
            for command in manifest.commands:
                commands.setdefault(command.name, (manifest.name, command))
            for trigger in manifest.triggers:
                triggers.setdefault(trigger, manifest.name)
        return cls(prefix, commands, triggers)

    def route(self, event: Event, *, self_id: int) -> Routed | None:
        """Return who gets ``event``, or None when it is not for us.

        Messages of this bot (``self_id``) and of other bots are for nobody: two bots would talk for ever.
        """
        if event.author.is_bot or event.author.id == self_id:
            return None
        match event:
            case CommandEvent():
                return self._slash(event)
            case MessageEvent():
                return self._message(event, self_id)
            case ComponentEvent():
                return self._component(event)

    def _slash(self, event: CommandEvent) -> Routed | None:
        found = self.commands.get(event.command)
        if found is None:
            return None
        skill, command = found
        text = str(event.options.get(command.options[0].name, "")) if command.options else ""
        return Routed(
            event=event,
            skill=skill,
            command=command.name,
            text=text,
            options=event.options,
            written=f"/{command.name}",
            requires=command.requires,
        )

    def _message(self, event: MessageEvent, self_id: int) -> Routed | None:
        text = without_mention(event.named or event.content, self_id, event.own_role)
        named = _NAMED.match(text, len(self.prefix)) if text.startswith(self.prefix) else None
        if named is not None and (found := self.commands.get(named["name"].lower())) is not None:
            skill, command = found
            rest = named["rest"]
            if command.options and command.options[0].type == "string":
                rest = _with_held(rest, event)
            options = _first_option(command.options, rest)
            return Routed(
                event=event,
                skill=skill,
                command=command.name,
                text=rest,
                options=options,
                written=f"{self.prefix}{command.name}",
                requires=command.requires,
            )
        trigger = self._trigger(event)
        if trigger is None or trigger not in self.triggers:
            return None
        return Routed(event=event, skill=self.triggers[trigger], command=None, text=_with_held(text, event))

    def _trigger(self, event: MessageEvent) -> Trigger | None:
        if event.place.guild_id is None:
            return Trigger.DIRECT_MESSAGE
        return Trigger.MENTION if event.mentions_bot else None

    def _component(self, event: ComponentEvent) -> Routed | None:
        skill = event.custom_id.partition(":")[0]
        known = {name for name, _ in self.commands.values()} | set(self.triggers.values())
        return Routed(event=event, skill=skill, command=None, text="") if skill in known else None


def without_mention(content: str, self_id: int, role: int | None = None) -> str:
    """Take mentions of ``self_id`` out of ``content``: ``<@1> hi`` and ``hi <@!1>`` both leave ``hi``.

    ``role`` stands for it too, with or without its name.
    """
    if role is not None:
        content = re.sub(rf"@[^<>\n]{{1,64}} \(<@&{role}>\)|<@&{role}>", f"<@{self_id}>", content)
    return re.sub(rf"[ \t]*<@!?{self_id}>[ \t]*", " ", content).strip()


def _with_held(text: str, event: MessageEvent) -> str:
    """Return ``text`` with what else the message holds.

    Where that is files alone, and nothing was said of them, it is left to the skill to say so.
    """
    if not text and all(line.startswith("Attached file: ") for line in event.held.splitlines()):
        return text
    return "\n\n".join(filter(None, (text, event.held)))


def _first_option(options: tuple[Option, ...], rest: str) -> Mapping[str, Value]:
    if not options or not rest:
        return {}
    value = _converted(rest, options[0].type)
    return {} if value is None else {options[0].name: value}


def _converted(text: str, kind: Literal["string", "integer", "number", "boolean"]) -> Value | None:
    try:
        match kind:
            case "string":
                return text
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                return text.lower() in {"true", "yes", "on", "1"}
    except ValueError:
        return None
