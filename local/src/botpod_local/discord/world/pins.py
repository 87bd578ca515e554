"""Pinned messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.clock import iso
from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.world import messages
from botpod_local.discord.world.records import MessageType, Reference

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Channel, Message
    from botpod_local.discord.world.world import World

MOST_PINS = 250


def pinned(channel: Channel) -> list[Message]:
    """Return a channel's pinned messages, last pinned first."""
    found = [m for m in channel.messages.values() if m.pinned_at is not None]
    return sorted(found, key=lambda m: -(m.pinned_at or 0.0))


def pin(world: World, channel: Channel, message: Message, user_id: int) -> None:
    """Pin a message; twice is once."""
    if message.pinned_at is not None:
        return
    if len(pinned(channel)) >= MOST_PINS:
        raise Refusal(Fault.TOO_MANY_PINS)
    message.pinned_at = channel.last_pin = world.now()
    messages.announce(world, channel, message, "MESSAGE_UPDATE")
    _tell(world, channel)
    reference = Reference(message_id=message.id, channel_id=channel.id, guild_id=channel.guild_id)
    draft = messages.Draft(author_id=user_id, type=MessageType.PINNED, reference=reference)
    messages.write(world, channel, draft)


def unpin(world: World, channel: Channel, message: Message) -> None:
    """Take a pin away."""
    message.pinned_at = None
    messages.announce(world, channel, message, "MESSAGE_UPDATE")
    _tell(world, channel)


def _tell(world: World, channel: Channel) -> None:
    moment = iso(channel.last_pin) if channel.last_pin else None
    data = {"channel_id": str(channel.id), "last_pin_timestamp": moment}
    world.tell(channel, "CHANNEL_PINS_UPDATE", data)
