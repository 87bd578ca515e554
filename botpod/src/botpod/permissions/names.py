"""Discord's permissions by name, and how people know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAMES: Mapping[int, str] = {
    0: "CREATE_INSTANT_INVITE",
    1: "KICK_MEMBERS",
    2: "BAN_MEMBERS",
    3: "ADMINISTRATOR",
    4: "MANAGE_CHANNELS",
    5: "MANAGE_GUILD",
    6: "ADD_REACTIONS",
    7: "VIEW_AUDIT_LOG",
    8: "PRIORITY_SPEAKER",
    9: "STREAM",
    10: "VIEW_CHANNEL",
    11: "SEND_MESSAGES",
    12: "SEND_TTS_MESSAGES",
    13: "MANAGE_MESSAGES",
    14: "EMBED_LINKS",
    15: "ATTACH_FILES",
    16: "READ_MESSAGE_HISTORY",
    17: "MENTION_EVERYONE",
    18: "USE_EXTERNAL_EMOJIS",
    19: "VIEW_GUILD_INSIGHTS",
    20: "CONNECT",
    21: "SPEAK",
    22: "MUTE_MEMBERS",
    23: "DEAFEN_MEMBERS",
    24: "MOVE_MEMBERS",
    25: "USE_VAD",
    26: "CHANGE_NICKNAME",
    27: "MANAGE_NICKNAMES",
    28: "MANAGE_ROLES",
    29: "MANAGE_WEBHOOKS",
    30: "MANAGE_GUILD_EXPRESSIONS",
    31: "USE_APPLICATION_COMMANDS",
    32: "REQUEST_TO_SPEAK",
    33: "MANAGE_EVENTS",
    34: "MANAGE_THREADS",
    35: "CREATE_PUBLIC_THREADS",
    36: "CREATE_PRIVATE_THREADS",
    37: "USE_EXTERNAL_STICKERS",
    38: "SEND_MESSAGES_IN_THREADS",
    39: "USE_EMBEDDED_ACTIVITIES",
    40: "MODERATE_MEMBERS",
    41: "VIEW_CREATOR_MONETIZATION_ANALYTICS",
    42: "USE_SOUNDBOARD",
    43: "CREATE_GUILD_EXPRESSIONS",
    44: "CREATE_EVENTS",
    45: "USE_EXTERNAL_SOUNDS",
    46: "SEND_VOICE_MESSAGES",
    49: "SEND_POLLS",
    50: "USE_EXTERNAL_APPS",
    51: "PIN_MESSAGES",
    52: "BYPASS_SLOWMODE",
}
"""Bit → name, as https://discord.com/developers/docs/topics/permissions lists them."""
BITS: Mapping[str, int] = {name: 1 << bit for bit, name in _NAMES.items()}
_IN_DISCORD: Mapping[str, str] = {
    "CREATE_INSTANT_INVITE": "Create Invite",
    "MANAGE_GUILD": "Manage Server",
    "STREAM": "Video",
    "SEND_TTS_MESSAGES": "Send Text-to-Speech Messages",
    "VIEW_GUILD_INSIGHTS": "View Server Insights",
    "USE_VAD": "Use Voice Activity",
    "MANAGE_GUILD_EXPRESSIONS": "Manage Expressions",
    "CREATE_GUILD_EXPRESSIONS": "Create Expressions",
    "MODERATE_MEMBERS": "Timeout Members",
    "USE_EMBEDDED_ACTIVITIES": "Use Activities",
}
"""Where Discord's settings call one otherwise than its API does."""


def bits(names: Iterable[str]) -> int:
    """Return the bits of the permissions ``names``, which must be Discord's."""
    together = 0
    for name in names:
        together |= BITS[name]
    return together


def unknown(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``names`` that Discord doesn't have."""
    return tuple(sorted(set(names) - BITS.keys()))


def missing(required: Iterable[str], held: int) -> tuple[str, ...]:
    """Return those of ``required`` that the bits ``held`` lack, in Discord's order.

    An administrator lacks none.
    """
    if held & BITS["ADMINISTRATOR"]:
        return ()
    return tuple(sorted((name for name in set(required) if not held & BITS[name]), key=BITS.__getitem__))


def in_words(name: str) -> str:
    """Return what Discord's settings call a permission: ``MANAGE_GUILD`` is Manage Server."""
    return _IN_DISCORD.get(name) or name.replace("_", " ").title()
