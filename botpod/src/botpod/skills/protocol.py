"""What a skill is: a manifest that says what it wants, and one handler.

Built-in skills and third parties' come through the same door: an entry point in the group
``botpod.skills`` whose value is a factory ``create(context: SkillContext) -> Skill``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from botpod.events import Author, Event, Place


class Trigger(StrEnum):
    """What besides its commands brings an event to a skill."""

    MENTION = "mention"
    DIRECT_MESSAGE = "directMessage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a command, as Discord's slash commands know them."""

    name: str
    description: str
    type: Literal["string", "integer", "number", "boolean"] = "string"
    required: bool = True
    choices: tuple[str, ...] = ()
    max_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command, reachable as ``/name`` and as ``!name``; after ``!name`` the rest is the first option."""

    name: str
    description: str
    options: tuple[Option, ...] = ()
    requires: frozenset[str] = frozenset()
    """Discord permissions that whoever uses it must have there, by Discord's names (``MANAGE_GUILD``).

    Nobody can use a command that requires any in a direct message: there is no server to have them in.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a skill is called, reacts to, needs and keeps."""

    name: str
    description: str
    commands: tuple[Command, ...] = ()
    triggers: frozenset[Trigger] = frozenset()
    permissions: frozenset[str] = frozenset()
    """Discord permissions the bot needs for it, by Discord's names (``SEND_MESSAGES``)."""
    credentials: frozenset[str] = frozenset()
    """Kinds of credential without which it can't work (``GitHub``)."""
    keeps: Mapping[str, str] = field(default_factory=dict)
    """What data it stores, and for how long, in words for a privacy page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An event on its way to a skill: routed, sanitised, within the limits."""

    event: Event
    author: Author
    place: Place
    command: str | None
    text: str
    """What the person wrote, sanitised, without the bot's mention or the command's name."""
    options: Mapping[str, str | int | float | bool]
    correlation_id: str

    @property
    def key(self) -> str:
        """The same whenever this event is handled again: what an effect outside Discord is done under.

        A pod may die after the effect and before its answer; whoever goes on must not do it twice.
        """
        return str(self.event.id)


class Reply(Protocol):
    """How a skill answers; takes care of limits, splitting, streaming and typing."""

    async def send(self, text: str) -> None:
        """Send ``text`` whole, as many messages as it needs."""
        ...

    async def stream(self, chunks: AsyncIterator[str]) -> str:
        """Show ``chunks`` as they come, by edits; return the whole text."""
        ...

    def typing(self) -> AbstractAsyncContextManager[None]:
        """Show that an answer is being written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a conversation as a model sees it."""

    role: Literal["user", "assistant"]
    content: str
    author: str | None = None


class Models(Protocol):
    """The configured models, in their order of fallback."""

    def answer(self, turns: Sequence[Turn], *, instructions: str, correlation_id: str) -> AsyncGenerator[str]:
        """Yield the answer's text in pieces; raises :class:`botpod.errors.NoModelAnswers`.

        Close it (``contextlib.aclosing``) when the rest is not wanted.
        """
        ...


class Conversations(Protocol):
    """What was said, kept in SQL; a conversation is one channel or one direct message."""

    async def recent(self, place: Place, *, limit: int) -> tuple[Turn, ...]:
        """Return the newest ``limit`` turns, oldest first."""
        ...

    async def add(self, place: Place, event_id: int, turns: Sequence[Turn]) -> None:
        """Append ``turns``; adding the same event's turns again changes nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillContext:
    """What a skill may use; built once, handed to its factory."""

    settings: Mapping[str, object]
    instructions: str
    models: Models
    conversations: Conversations
    remember: bool = True
    """Whether conversations may be kept and used now; an owner can switch that off for a while."""


class Skill(Protocol):
    """A skill: ``handle`` answers one request and may be called many times at once."""

    @property
    def manifest(self) -> Manifest:
        """What it wants."""
        ...

    async def handle(self, request: Request, reply: Reply) -> None:
        """Answer ``request`` through ``reply``.

        Raises :class:`botpod.errors.Apologised` when it could not be done and ``reply`` has said so; after
        any other exception the caller says that something went wrong.
        """
        ...
