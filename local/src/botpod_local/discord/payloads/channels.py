"""Channels, threads and direct conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.clock import iso
from botpod_local.discord.payloads.users import user_payload
from botpod_local.discord.world.records import ChannelType, MessageType

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Channel, Json, Overwrite, Thread
    from botpod_local.discord.world.world import World


def channel_payload(world: World, channel: Channel, *, viewer_id: int | None = None) -> Json:
    """Return a channel; ``viewer_id`` is left out of a direct conversation's recipients."""
    common: Json = {
        "id": str(channel.id),
        "type": int(channel.type),
        "last_message_id": str(channel.last_message_id) if channel.last_message_id else None,
        "flags": 0,
    }
    if channel.last_pin is not None:
        common["last_pin_timestamp"] = iso(channel.last_pin)
    if channel.type is ChannelType.DM:
        others = [u for u in channel.recipients if u != viewer_id]
        return common | {"recipients": [user_payload(world.users[u]) for u in others]}
    common |= {
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "parent_id": str(channel.parent_id) if channel.parent_id else None,
        "rate_limit_per_user": channel.slowmode,
    }
    if channel.thread is not None:
        return common | _thread_fields(channel, channel.thread, viewer_id)
    return common | {
        "topic": channel.topic,
        "position": channel.position,
        "permission_overwrites": [overwrite_payload(o) for o in channel.overwrites],
        "nsfw": channel.nsfw,
    }


def _thread_fields(channel: Channel, thread: Thread, viewer_id: int | None) -> Json:
    metadata: Json = {
        "archived": thread.archived,
        "archive_timestamp": iso(thread.archive_changed),
        "auto_archive_duration": thread.auto_archive_minutes,
        "locked": thread.locked,
        "create_timestamp": iso(thread.created),
    }
    if channel.type is ChannelType.PRIVATE_THREAD:
        metadata["invitable"] = True
    said = sum(1 for m in channel.messages.values() if m.type != MessageType.THREAD_STARTER)
    fields: Json = {
        "owner_id": str(thread.owner_id),
        "thread_metadata": metadata,
        "message_count": said,
        "member_count": min(len(thread.members), 50),
        "total_message_sent": thread.total_sent,
    }
    if viewer_id in thread.members:
        fields["member"] = thread_member_payload(channel.id, viewer_id, thread.members[viewer_id])
    return fields


def thread_member_payload(thread_id: int, user_id: int, joined: float) -> Json:
    """Return who joined a thread when."""
    return {"id": str(thread_id), "user_id": str(user_id), "join_timestamp": iso(joined), "flags": 0}


def overwrite_payload(overwrite: Overwrite) -> Json:
    """Return a channel's exception for a role or a member."""
    return {
        "id": str(overwrite.id),
        "type": overwrite.kind,
        "allow": str(overwrite.allow),
        "deny": str(overwrite.deny),
    }
