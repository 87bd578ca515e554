"""What the bot may see: channels and messages for a request, with what it must not read taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.gateway.intents import readable, redacted
from botpod_local.discord.payloads.messages import message_payload
from botpod_local.discord.world.permissions import Permission, require

if TYPE_CHECKING:
    from botpod_local.discord.rest.call import Call
    from botpod_local.discord.world.records import Channel, Json, Message


def channel_for(call: Call, *needed: Permission) -> Channel:
    """Return the path's channel if the bot sees it and has each permission ``needed``, or refuse."""
    channel = call.world.channel(call.id("channel_id"))
    require(call.world, channel, call.me.id, *needed)
    return channel


def message_for(call: Call, channel: Channel) -> Message:
    """Return the path's message, or refuse."""
    return call.world.message(channel.id, call.id("message_id"))


def shown(call: Call, channel: Channel, message: Message) -> Json:
    """Return a message as this bot may read it."""
    payload = message_payload(call.world, message, viewer_id=call.me.id)
    if channel.guild_id is None or readable(
        payload | {"guild_id": ""}, call.me.id, call.application.privileged
    ):
        return payload
    return redacted(payload)
