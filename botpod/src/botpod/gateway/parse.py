"""From Discord's payloads to plain events. Pure; a resumed session needs no cache for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from botpod.events import Attachment, Author, CommandEvent, ComponentEvent, MessageEvent, Place, Quoted
from botpod.gateway.contents import held, is_forward, named, said
from botpod.gateway.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from botpod.events import Event

_MESSAGE_TYPES = frozenset({0, 19})
"""A message and a reply; the others are notices of Discord's own (joins, pins, boosts)."""
_COMMAND, _COMPONENT = 2, 3
_CHAT_INPUT = 1
_SUBCOMMANDS = frozenset({1, 2})


def message(data: Mapping[str, Any], *, self_id: int, names: Names | None = None) -> MessageEvent | None:
    """Read a MESSAGE_CREATE; None when nobody typed it."""
    if data.get("type", 0) not in _MESSAGE_TYPES or "author" not in data:
        return None
    names = names or Names(self_id)
    place = _place(data)
    content = data.get("content") or ""
    readable = named(data, self_id=self_id, names=names)
    own_role = names.own_role(place.guild_id)
    quoted = _quoted(data, self_id=self_id, names=names)
    return MessageEvent(
        id=int(data["id"]),
        place=place,
        author=_author(
            data["author"],
            data.get("member"),
            is_bot="webhook_id" in data,
            guild=bool(data.get("guild_id")),
        ),
        content=content,
        named=None if readable == content else readable,
        held=held(data, self_id=self_id, names=names),
        mentions_bot=_is_for_bot(data, quoted, self_id=self_id, own_role=own_role),
        own_role=own_role,
        quoted=quoted,
        replies_to=_replied_to(data),
        attachments=tuple(
            Attachment(
                id=int(one["id"]),
                filename=one["filename"],
                url=one["url"],
                content_type=one.get("content_type"),
                size=int(one["size"]),
            )
            for one in data.get("attachments") or ()
        ),
    )


def _replied_to(data: Mapping[str, Any]) -> int | None:
    reference = data.get("message_reference") or {}
    return int(reference["message_id"]) if reference.get("message_id") and not is_forward(data) else None


def _is_for_bot(
    data: Mapping[str, Any], quoted: Quoted | None, *, self_id: int, own_role: int | None
) -> bool:
    """Say whether a message is said to the bot.

    Discord pings nobody for a reply to an interaction's answer. Without the Message Content intent a reply
    that pings nobody is empty, and stays unanswered.
    """
    if any(int(user["id"]) == self_id for user in data.get("mentions") or ()):
        return True
    if own_role is not None and any(int(role) == own_role for role in data.get("mention_roles") or ()):
        return True
    readable = data.get("content") or data.get("attachments") or data.get("embeds")
    return quoted is not None and quoted.own and bool(readable)


def _quoted(data: Mapping[str, Any], *, self_id: int, names: Names) -> Quoted | None:
    """Return the message that this one replies to; None where it is none, or that one was deleted."""
    other = data.get("referenced_message")
    if not other or is_forward(data) or "author" not in other:
        return None
    author = other["author"]
    mentioned = next(
        (one for one in data.get("mentions") or () if str(one["id"]) == str(author["id"])), author
    )
    nick = (mentioned.get("member") or {}).get("nick")
    return Quoted(
        id=int(other["id"]),
        author=nick or author.get("global_name") or author.get("username") or "",
        text=said({"guild_id": data.get("guild_id"), **other}, self_id=self_id, names=names),
        own=int(author["id"]) == self_id,
    )


def is_edit(data: Mapping[str, Any]) -> bool:
    """Say whether a MESSAGE_UPDATE is a person's edit, and not a link that unfolded or a pin."""
    by_bot = "webhook_id" in data or bool((data.get("author") or {}).get("bot"))
    return bool(data.get("edited_timestamp")) and "content" in data and not by_bot


def answers(data: Mapping[str, Any], *, self_id: int) -> int | None:
    """Return the event that a message of the bot's own answers: a message, or an interaction."""
    if int((data.get("author") or {}).get("id") or 0) != self_id:
        return None
    interaction = data.get("interaction_metadata") or data.get("interaction") or {}
    event = interaction.get("id") or (data.get("message_reference") or {}).get("message_id")
    return int(event) if event else None


def interaction(data: Mapping[str, Any]) -> Event | None:
    """Read an INTERACTION_CREATE; None for kinds that no skill knows."""
    user = (data.get("member") or {}).get("user") or data.get("user")
    if user is None or data.get("channel_id") is None:
        return None
    details: Mapping[str, Any] = data.get("data") or {}
    author = _author(user, data.get("member"))
    if data["type"] == _COMMAND and details.get("type", _CHAT_INPUT) == _CHAT_INPUT:
        return CommandEvent(
            id=int(data["id"]),
            place=_place(data),
            author=author,
            command=details["name"],
            options=dict(_options(details.get("options") or ())),
        )
    if data["type"] == _COMPONENT:
        source = data.get("message") or {}
        return ComponentEvent(
            id=int(data["id"]),
            place=_place(data),
            author=author,
            custom_id=details["custom_id"],
            values=tuple(details.get("values") or ()),
            message_id=int(source["id"]) if source.get("id") else None,
        )
    return None


def _place(data: Mapping[str, Any]) -> Place:
    guild = data.get("guild_id")
    return Place(channel_id=int(data["channel_id"]), guild_id=int(guild) if guild else None)


def _author(
    user: Mapping[str, Any], member: Mapping[str, Any] | None, *, is_bot: bool = False, guild: bool = False
) -> Author:
    roles_known = member is not None or not guild
    member = member or {}
    return Author(
        id=int(user["id"]),
        name=member.get("nick") or user.get("global_name") or user["username"],
        is_bot=is_bot or bool(user.get("bot")),
        roles=frozenset(map(int, member.get("roles") or ())),
        permissions=int(member["permissions"]) if member.get("permissions") else None,
        roles_known=roles_known,
        timeout_until=timeout_until(member),
    )


def timeout_until(member: Mapping[str, Any]) -> float | None:
    """Return until when a member is in a timeout, in seconds since 1970; None for never."""
    until = member.get("communication_disabled_until")
    return datetime.fromisoformat(until).timestamp() if until else None


def _options(options: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str | int | float | bool]]:
    for option in options:
        if option["type"] in _SUBCOMMANDS:
            yield from _options(option.get("options") or ())
        elif "value" in option:
            yield option["name"], option["value"]
