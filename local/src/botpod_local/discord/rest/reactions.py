"""Reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.payloads.users import user_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.rest.reading import channel_for, message_for
from botpod_local.discord.world import reactions
from botpod_local.discord.world.permissions import Permission, require

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Channel, Message

type _Place = tuple[Channel, Message, tuple[int | None, str]]


def _place(call: Call, *needed: Permission) -> _Place:
    channel = channel_for(call, *needed)
    return channel, message_for(call, channel), reactions.parse_emoji(call.params["emoji_name"])


def add_mine(call: Call) -> Answer:
    """React to a message; a new emoji needs a permission, joining one doesn't."""
    channel, message, emoji = _place(call, Permission.READ_MESSAGE_HISTORY)
    if reactions.find(message, emoji) is None:
        require(call.world, channel, call.me.id, Permission.ADD_REACTIONS)
    reactions.react(call.world, channel, message, call.me.id, emoji)
    return NO_CONTENT


def delete_mine(call: Call) -> Answer:
    """Take one's own reaction back."""
    channel, message, emoji = _place(call)
    reactions.unreact(call.world, channel, message, call.me.id, emoji)
    return NO_CONTENT


def delete_users(call: Call) -> Answer:
    """Take someone's reaction away."""
    channel, message, emoji = _place(call, Permission.MANAGE_MESSAGES)
    reactions.unreact(call.world, channel, message, call.id("user_id"), emoji)
    return NO_CONTENT


def delete_emoji(call: Call) -> Answer:
    """Take all reactions with one emoji away."""
    channel, message, emoji = _place(call, Permission.MANAGE_MESSAGES)
    reactions.clear(call.world, channel, message, emoji)
    return NO_CONTENT


def delete_all(call: Call) -> Answer:
    """Take all reactions away."""
    channel = channel_for(call, Permission.MANAGE_MESSAGES)
    reactions.clear(call.world, channel, message_for(call, channel))
    return NO_CONTENT


def list_users(call: Call) -> Answer:
    """Return who reacted with one emoji."""
    _, message, emoji = _place(call)
    limit = call.query_int("limit", least=1, most=100, default=25)
    after = call.query_id("after") or 0
    found = reactions.find(message, emoji)
    if found is None:
        raise Refusal(Fault.UNKNOWN_EMOJI)
    ids = sorted(u for u in found.user_ids if u > after)[:limit]
    return Answer(200, [user_payload(call.world.users[u]) for u in ids])


_BASE = "/channels/{channel_id}/messages/{message_id}/reactions"
_EMOJI = f"{_BASE}/{{emoji_name}}"
ROUTES = tuple(
    Route(method=m, template=template, handler=handler, rule=rules.REACT, major=("channel_id",))
    for m, template, handler in (
        ("PUT", f"{_EMOJI}/@me", add_mine),
        ("DELETE", f"{_EMOJI}/@me", delete_mine),
        ("DELETE", f"{_EMOJI}/{{user_id}}", delete_users),
        ("GET", _EMOJI, list_users),
        ("DELETE", _EMOJI, delete_emoji),
        ("DELETE", _BASE, delete_all),
    )
)
