"""What happened on Discord, as plain values: no library's objects, nothing that can be awaited."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who caused an event; in a direct message nobody has roles."""

    id: int
    name: str
    is_bot: bool = False
    roles: frozenset[int] = frozenset()
    permissions: int | None = None
    """Discord's bits for this channel; None where it doesn't send them, as with messages."""
    roles_known: bool = True
    """Whether Discord sent ``roles``: it leaves a message's out where we ask for it later."""
    timeout_until: float | None = None
    """Until when moderators keep them from taking part, in seconds since 1970; it may be over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an event happened; ``guild_id`` is None in a direct message."""

    channel_id: int
    guild_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a message; ``size`` in bytes."""

    id: int
    filename: str
    url: str
    content_type: str | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A message that another one replies to, with all that it says; ``own``: the bot said it."""

    id: int
    author: str
    text: str
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEvent:
    """A message somebody wrote; ``content`` is as Discord sent it, not yet sanitised."""

    id: int
    place: Place
    author: Author
    content: str
    named: str | None = None
    """``content`` with names beside ids; None where it has no ids."""
    held: str = ""
    """What it holds besides its content, in lines: forwards, embeds, polls, stickers, files' names."""
    mentions_bot: bool = False
    """Whether it is said to the bot: by a mention of it or of its role, or in reply to it."""
    own_role: int | None = None
    """The role that stands for the bot where it was said."""
    quoted: Quoted | None = None
    replies_to: int | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEvent:
    """A slash command somebody used; ``id`` is the interaction's."""

    id: int
    place: Place
    author: Author
    command: str
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentEvent:
    """A button or menu somebody used; ``id`` is the interaction's, ``custom_id`` what we gave it."""

    id: int
    place: Place
    author: Author
    custom_id: str
    values: tuple[str, ...] = ()
    message_id: int | None = None


type Event = MessageEvent | CommandEvent | ComponentEvent
