"""Which events an intent brings, and what a bot without MESSAGE_CONTENT gets to read. Pure."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Json


class Intent(IntFlag):
    """The gateway intents of API v10."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


KNOWN = sum(Intent)
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT

_OF_GUILDS = (
    "GUILD_CREATE",
    "GUILD_UPDATE",
    "GUILD_DELETE",
    "GUILD_ROLE_CREATE",
    "GUILD_ROLE_UPDATE",
    "GUILD_ROLE_DELETE",
    "CHANNEL_CREATE",
    "CHANNEL_UPDATE",
    "CHANNEL_DELETE",
    "THREAD_CREATE",
    "THREAD_UPDATE",
    "THREAD_DELETE",
    "THREAD_LIST_SYNC",
    "THREAD_MEMBER_UPDATE",
    "THREAD_MEMBERS_UPDATE",
)
_NEEDED: dict[str, tuple[Intent, Intent]] = {
    **dict.fromkeys(_OF_GUILDS, (Intent.GUILDS, Intent.GUILDS)),
    "CHANNEL_PINS_UPDATE": (Intent.GUILDS, Intent.DIRECT_MESSAGES),
    **dict.fromkeys(
        ("GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"),
        (Intent.GUILD_MEMBERS, Intent.GUILD_MEMBERS),
    ),
    **dict.fromkeys(
        ("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"),
        (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    ),
    **dict.fromkeys(
        (
            "MESSAGE_REACTION_ADD",
            "MESSAGE_REACTION_REMOVE",
            "MESSAGE_REACTION_REMOVE_ALL",
            "MESSAGE_REACTION_REMOVE_EMOJI",
        ),
        (Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS),
    ),
    "TYPING_START": (Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING),
    "PRESENCE_UPDATE": (Intent.GUILD_PRESENCES, Intent.GUILD_PRESENCES),
    "VOICE_STATE_UPDATE": (Intent.GUILD_VOICE_STATES, Intent.GUILD_VOICE_STATES),
}

WITH_CONTENT = frozenset({"MESSAGE_CREATE", "MESSAGE_UPDATE"})


def wanted(name: str, intents: int, *, direct: bool) -> bool:
    """Say whether a session with ``intents`` hears of event ``name``; without an entry everyone does."""
    needed = _NEEDED.get(name)
    return needed is None or bool(intents & needed[direct])


def readable(data: Json, bot_user_id: int, intents: int) -> bool:
    """Say whether a bot may read a message: with the intent, or its own, direct, or one that mentions it."""
    if intents & Intent.MESSAGE_CONTENT or "guild_id" not in data:
        return True
    me = str(bot_user_id)
    return data["author"]["id"] == me or any(m["id"] == me for m in data["mentions"])


def redacted(data: Json) -> Json:
    """Return a message without what only MESSAGE_CONTENT shows."""
    hidden: Json = {"content": "", "embeds": [], "attachments": [], "components": []}
    if data.get("referenced_message"):
        hidden["referenced_message"] = redacted(data["referenced_message"])
    return data | hidden
