"""All that a message says, in text: names beside ids, and what is not in its content. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botpod.guards.invisible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botpod.gateway.names import Names

LONGEST = 4000
"""Characters of what a message holds besides its content; an embed alone may have 6,000."""
_LONGEST_NAME = 64
_MENTION = re.compile(
    r"<(?:@(?P<user>!?\d{1,20})|#(?P<channel>\d{1,20})|@&(?P<role>\d{1,20})"
    r"|a?(?P<emoji>:\w{1,32}:)\d{1,20}|t:(?P<time>-?\d{1,12})(?::[tTdDfFR])?"
    r"|(?P<command>/[^<>:]{1,100}):\d{1,20})>"
)
_FORWARD = 1


def named(data: Mapping[str, Any], *, self_id: int, names: Names) -> str:
    """Return a message's content with what Discord shows in place of ids beside them.

    The bot's own mention stays as it is: it is no part of what is said.
    """
    guild = int(data["guild_id"]) if data.get("guild_id") else None
    users = {int(one["id"]): _user(one) for one in data.get("mentions") or ()}
    channels = {
        **names.channels(guild),
        **{int(one["id"]): one.get("name") or "" for one in data.get("mention_channels") or ()},
    }
    resolved = data.get("resolved") or {}
    users |= {int(key): _user(one) for key, one in (resolved.get("users") or {}).items()}
    channels |= {int(key): one.get("name") or "" for key, one in (resolved.get("channels") or {}).items()}
    roles = {
        **names.roles(guild),
        **{int(key): one.get("name") or "" for key, one in (resolved.get("roles") or {}).items()},
    }

    def name(found: re.Match[str]) -> str:
        if found["emoji"]:
            return f"{found['emoji']} ({found[0]})"
        if found["command"]:
            return f"{found['command']} ({found[0]})"
        if found["time"]:
            said = _time(int(found["time"]))
        elif found["channel"]:
            said = _prefixed("#", channels.get(int(found["channel"])))
        elif found["role"]:
            said = _prefixed("@", roles.get(int(found["role"])))
        else:
            user = int(found["user"].removeprefix("!"))
            said = "" if user == self_id else _prefixed("@", users.get(user))
        return f"{said} ({found[0]})" if said else found[0]

    return _MENTION.sub(name, data.get("content") or "")


def held(data: Mapping[str, Any], *, self_id: int, names: Names) -> str:
    """Return, in lines, what a message holds besides its content: forwards, embeds, polls, stickers."""
    return "\n".join(_held(data, self_id=self_id, names=names))[:LONGEST]


def said(data: Mapping[str, Any], *, self_id: int, names: Names) -> str:
    """Return all of it."""
    content, rest = (read(data, self_id=self_id, names=names) for read in (named, held))
    return "\n".join(filter(None, (content, rest)))


def is_forward(data: Mapping[str, Any]) -> bool:
    """Say whether a message passes on another one, and doesn't reply to it."""
    return (data.get("message_reference") or {}).get("type") == _FORWARD


def _held(data: Mapping[str, Any], *, self_id: int, names: Names) -> Iterator[str]:
    for one in data.get("message_snapshots") or ():
        inner = {"guild_id": data.get("guild_id"), **(one.get("message") or {})}
        text = said(inner, self_id=self_id, names=names)
        if text.strip():
            yield "Forwarded message:\n" + "\n".join(f"> {line}" for line in text.splitlines())
    for one in data.get("embeds") or ():
        parts = list(_embed(one))
        if parts:
            yield "Embed: " + "\n".join(parts)
    if poll := data.get("poll"):
        yield f"Poll: {(poll.get('question') or {}).get('text') or ''}"
        for answer in poll.get("answers") or ():
            yield f"- {(answer.get('poll_media') or {}).get('text') or ''}"
    for one in data.get("sticker_items") or ():
        yield f"Sticker: {_plain(one.get('name') or '')}"
    for one in data.get("attachments") or ():
        yield f"Attached file: {_plain(one.get('filename') or '')}"


def _embed(embed: Mapping[str, Any]) -> Iterator[str]:
    for text in (
        (embed.get("author") or {}).get("name"),
        embed.get("title"),
        embed.get("description"),
        *(f"{one.get('name') or ''}: {one.get('value') or ''}" for one in embed.get("fields") or ()),
        (embed.get("footer") or {}).get("text"),
        embed.get("url"),
    ):
        if text:
            yield str(text)


def _user(user: Mapping[str, Any]) -> str:
    nick = (user.get("member") or {}).get("nick")
    return nick or user.get("global_name") or user.get("username") or ""


def _prefixed(sign: str, name: str | None) -> str:
    plain = _plain(name or "")
    return sign + plain.removeprefix(sign) if plain else ""


def _plain(name: str) -> str:
    """Return a name in one short line: whoever chooses it writes no line of their own."""
    return " ".join(re.sub(r"[<>\[\]`]", " ", visible(name)).split())[:_LONGEST_NAME].strip()


def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):
        return ""
