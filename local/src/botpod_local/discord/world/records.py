"""What the world is made of; plain mutable records, ids as int, moments as Unix seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

type Json = dict[str, Any]


class ChannelType(IntEnum):
    """The kinds of channel served here."""

    TEXT = 0
    DM = 1
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12


THREADS = frozenset({ChannelType.ANNOUNCEMENT_THREAD, ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD})


class MessageFlag(IntEnum):
    """The message flags that mean something here."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class MessageType(IntEnum):
    """The message types that are made here."""

    DEFAULT = 0
    PINNED = 6
    THREAD_CREATED = 18
    REPLY = 19
    COMMAND = 20
    THREAD_STARTER = 21


class InteractionType(IntEnum):
    """What people do with a bot beside writing; PING asks an endpoint whether it is there."""

    PING = 1
    COMMAND = 2
    COMPONENT = 3
    COMPLETION = 4
    MODAL = 5


@dataclass(slots=True, kw_only=True)
class User:
    """A person, or the user of a bot."""

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False


@dataclass(slots=True, kw_only=True)
class Role:
    """A role of a guild; ``permissions`` is Discord's bit set."""

    id: int
    name: str
    permissions: int = 0
    position: int = 1
    color: int = 0
    mentionable: bool = False
    bot_id: int | None = None


@dataclass(slots=True, kw_only=True)
class Member:
    """A user in a guild."""

    user_id: int
    joined_at: float
    roles: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Overwrite:
    """A channel's exception for a role (``kind`` 0) or a member (``kind`` 1)."""

    id: int
    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, kw_only=True)
class Guild:
    """A server in Discord's users' words."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channel_ids: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Thread:
    """What a channel has more when it is a thread."""

    owner_id: int
    auto_archive_minutes: int
    archived: bool = False
    locked: bool = False
    created: float = 0.0
    archive_changed: float = 0.0
    members: dict[int, float] = field(default_factory=dict)
    total_sent: int = 0


@dataclass(slots=True, kw_only=True)
class Attachment:
    """A file of a message, with its bytes."""

    id: int
    filename: str
    content: bytes
    content_type: str
    description: str | None = None


@dataclass(slots=True, kw_only=True)
class Reaction:
    """One emoji under a message and who put it there, in order."""

    emoji_id: int | None
    emoji_name: str
    user_ids: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Reference:
    """What a reply answers."""

    message_id: int
    channel_id: int
    guild_id: int | None


@dataclass(slots=True, kw_only=True)
class Origin:
    """The interaction that made a message."""

    interaction_id: int
    type: int
    name: str
    user_id: int
    guild_id: int | None = None
    interacted_message_id: int | None = None
    original_message_id: int | None = None
    triggering: Origin | None = None


@dataclass(slots=True, kw_only=True)
class Message:
    """A message; ``ephemeral_for`` names the only user who sees it."""

    id: int
    channel_id: int
    author_id: int
    created: float
    content: str = ""
    type: int = MessageType.DEFAULT
    flags: int = 0
    tts: bool = False
    edited: float | None = None
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    mentions: list[int] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    pinned_at: float | None = None
    nonce: str | int | None = None
    reference: Reference | None = None
    application_id: int | None = None
    origin: Origin | None = None
    thread_id: int | None = None
    ephemeral_for: int | None = None


@dataclass(slots=True, kw_only=True)
class Channel:
    """A guild's channel, a thread or a direct conversation; messages in order of their ids."""

    id: int
    type: ChannelType
    guild_id: int | None = None
    name: str = ""
    topic: str | None = None
    position: int = 0
    parent_id: int | None = None
    nsfw: bool = False
    slowmode: int = 0
    overwrites: list[Overwrite] = field(default_factory=list)
    recipients: list[int] = field(default_factory=list)
    thread: Thread | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    last_message_id: int | None = None
    last_pin: float | None = None


@dataclass(slots=True, kw_only=True)
class Application:
    """A bot's application: its user, its token, what it may ask for.

    ``privileged`` is the bit set of privileged intents it has been granted; ``lingering`` holds tokens that
    were reset while their sessions were left alive (REST refuses them). With an ``interactions_endpoint_url``
    its interactions are posted there, signed with ``private_key``, and its sessions hear of none.
    """

    id: int
    name: str
    bot_user_id: int
    owner_id: int
    token: str
    public_key: str
    private_key: bytes = field(repr=False)
    privileged: int
    description: str = ""
    interactions_endpoint_url: str | None = None
    lingering: set[str] = field(default_factory=set)
    commands: dict[int, Json] = field(default_factory=dict)
    guild_commands: dict[int, dict[int, Json]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Interaction:
    """Someone used a command or a component, asked for completion or sent a modal."""

    id: int
    application_id: int
    type: InteractionType
    token: str
    created: float
    user_id: int
    channel_id: int
    guild_id: int | None
    data: Json
    message_id: int | None = None
    answered: int | None = None
    deferred: bool = False
    ephemeral: bool = False
    original_id: int | None = None
    follow_ups: set[int] = field(default_factory=set)
    modal: Json | None = None
    opener_id: int | None = None
    failed: bool = False
