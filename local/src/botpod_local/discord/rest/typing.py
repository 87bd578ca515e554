"""The typing indicator."""

from __future__ import annotations

from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.rest.reading import channel_for
from botpod_local.discord.world.permissions import Permission
from botpod_local.discord.world.typing import typing


def trigger_typing(call: Call) -> Answer:
    """Show for ten seconds that the bot is typing."""
    typing(call.world, channel_for(call, Permission.SEND_MESSAGES), call.me.id)
    return NO_CONTENT


ROUTES = (
    Route(
        method="POST",
        template="/channels/{channel_id}/typing",
        handler=trigger_typing,
        rule=rules.TYPING,
        major=("channel_id",),
    ),
)
