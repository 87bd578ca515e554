"""Channels themselves."""

from __future__ import annotations

from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import Answer, Call, Route
from botpod_local.discord.rest.reading import channel_for


def get_channel(call: Call) -> Answer:
    """Return a channel, thread or direct conversation."""
    channel = channel_for(call)
    return Answer(200, channel_payload(call.world, channel, viewer_id=call.me.id))


ROUTES = (
    Route(
        method="GET",
        template="/channels/{channel_id}",
        handler=get_channel,
        rule=rules.CHANNEL,
        major=("channel_id",),
    ),
)
