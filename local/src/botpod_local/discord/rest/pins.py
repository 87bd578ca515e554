"""Pinned messages, at their new paths and the old ones that libraries still use."""

from __future__ import annotations

from botpod_local.discord.clock import iso
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.rest.reading import channel_for, message_for, shown
from botpod_local.discord.world import pins
from botpod_local.discord.world.permissions import Permission, require

OLD_LIST = 50


def list_pins(call: Call) -> Answer:
    """Return a page of pins, last pinned first."""
    channel = channel_for(call, Permission.READ_MESSAGE_HISTORY)
    limit = call.query_int("limit", least=1, most=50, default=50)
    found = pins.pinned(channel)
    if (before := call.query_moment("before")) is not None:
        found = [m for m in found if (m.pinned_at or 0.0) < before]
    items = [
        {"pinned_at": iso(m.pinned_at or 0.0), "message": shown(call, channel, m)} for m in found[:limit]
    ]
    return Answer(200, {"items": items, "has_more": len(found) > limit})


def list_pins_old(call: Call) -> Answer:
    """Return the last 50 pins."""
    channel = channel_for(call, Permission.READ_MESSAGE_HISTORY)
    return Answer(200, [shown(call, channel, m) for m in pins.pinned(channel)[:OLD_LIST]])


def pin(call: Call) -> Answer:
    """Pin a message."""
    channel = channel_for(call)
    if channel.guild_id is not None:
        require(call.world, channel, call.me.id, Permission.MANAGE_MESSAGES)
    pins.pin(call.world, channel, message_for(call, channel), call.me.id)
    return NO_CONTENT


def unpin(call: Call) -> Answer:
    """Take a pin away."""
    channel = channel_for(call)
    if channel.guild_id is not None:
        require(call.world, channel, call.me.id, Permission.MANAGE_MESSAGES)
    pins.unpin(call.world, channel, message_for(call, channel))
    return NO_CONTENT


_NEW, _OLD = "/channels/{channel_id}/messages/pins", "/channels/{channel_id}/pins"
ROUTES = tuple(
    Route(method=method, template=template, handler=handler, rule=rules.PINS, major=("channel_id",))
    for method, template, handler in (
        ("GET", _NEW, list_pins),
        ("PUT", f"{_NEW}/{{message_id}}", pin),
        ("DELETE", f"{_NEW}/{{message_id}}", unpin),
        ("GET", _OLD, list_pins_old),
        ("PUT", f"{_OLD}/{{message_id}}", pin),
        ("DELETE", f"{_OLD}/{{message_id}}", unpin),
    )
)
