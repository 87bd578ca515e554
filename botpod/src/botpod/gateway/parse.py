"""From Discord's payloads to plain events. Pure; a resumed session needs no cache for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from botpod.events import Attachment, Author, CommandEvent, ComponentEvent, MessageEvent, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from botpod.events import Event

_MESSAGE_TYPES = frozenset({0, 19})
"""A message and a reply; the others are notices of Discord's own (joins, pins, boosts)."""
_COMMAND, _COMPONENT = 2, 3
_CHAT_INPUT = 1
_SUBCOMMANDS = frozenset({1, 2})


def message(data: Mapping[str, Any], *, self_id: int) -> MessageEvent | None:
    """Read a MESSAGE_CREATE; None when nobody typed it."""
    if data.get("type", 0) not in _MESSAGE_TYPES or "author" not in data:
        return None
    reference = data.get("message_reference") or {}
    return MessageEvent(
        id=int(data["id"]),
        place=_place(data),
        author=_author(
            data["author"],
            data.get("member"),
            is_bot="webhook_id" in data,
            guild=bool(data.get("guild_id")),
        ),
        content=data.get("content") or "",
        mentions_bot=any(int(user["id"]) == self_id for user in data.get("mentions") or ()),
        replies_to=int(reference["message_id"]) if reference.get("message_id") else None,
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
