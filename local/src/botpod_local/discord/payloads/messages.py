"""Messages, their files and reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.clock import iso
from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.users import bare_member_payload, user_payload
from botpod_local.discord.world.records import MessageType

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Attachment, Json, Message, Origin, Reaction
    from botpod_local.discord.world.world import World

CDN = "cdn://"
"""Stands in URLs for the server's own address until it is known whom the answer goes to."""


def message_payload(world: World, message: Message, *, viewer_id: int | None = None) -> Json:
    """Return a message as REST gives it; ``viewer_id`` decides the reactions' ``me``."""
    payload = _basic(world, message)
    if message.reactions:
        payload["reactions"] = [reaction_payload(r, viewer_id) for r in message.reactions]
    if message.reference is not None and message.type in {MessageType.REPLY, MessageType.THREAD_STARTER}:
        channel = world.channels.get(message.reference.channel_id)
        answered = channel.messages.get(message.reference.message_id) if channel else None
        payload["referenced_message"] = _basic(world, answered) if answered else None
    return payload


def gateway_message_payload(world: World, message: Message, guild_id: int | None) -> Json:
    """Return a message as the gateway gives it: with its guild and what the guild knows of the people."""
    payload = message_payload(world, message)
    if guild_id is None:
        return payload
    guild = world.guilds[guild_id]
    payload["guild_id"] = str(guild_id)
    author = guild.members.get(message.author_id)
    if author is not None:
        payload["member"] = bare_member_payload(author)
    for mention in payload["mentions"]:
        member = guild.members.get(int(mention["id"]))
        if member is not None:
            mention["member"] = bare_member_payload(member)
    return payload


def _basic(world: World, message: Message) -> Json:
    payload: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": int(message.type),
        "content": message.content,
        "author": user_payload(world.users[message.author_id]),
        "timestamp": iso(message.created),
        "edited_timestamp": iso(message.edited) if message.edited else None,
        "flags": message.flags,
        "mentions": [user_payload(world.users[u]) for u in message.mentions if u in world.users],
        "mention_roles": [str(r) for r in message.mention_roles],
        "mention_everyone": message.mention_everyone,
        "attachments": [
            attachment_payload(a, message.channel_id, ephemeral=message.ephemeral_for is not None)
            for a in message.attachments
        ],
        "embeds": message.embeds,
        "components": message.components,
        "pinned": message.pinned_at is not None,
        "tts": message.tts,
    }
    if message.nonce is not None:
        payload["nonce"] = message.nonce
    if message.application_id is not None:
        payload["application_id"] = str(message.application_id)
        payload["webhook_id"] = str(message.application_id)
    if message.reference is not None:
        payload["message_reference"] = {
            "type": 0,
            "channel_id": str(message.reference.channel_id),
            "message_id": str(message.reference.message_id),
        } | ({"guild_id": str(message.reference.guild_id)} if message.reference.guild_id else {})
    if message.origin is not None:
        payload |= _origin(world, message.origin)
    if message.thread_id is not None and message.thread_id in world.channels:
        payload["thread"] = channel_payload(world, world.channels[message.thread_id])
    return payload


def _origin(world: World, origin: Origin) -> Json:
    metadata = _metadata(world, origin)
    if not origin.name:
        return {"interaction_metadata": metadata}
    old = {k: metadata[k] for k in ("id", "type", "user")} | {"name": origin.name}
    return {"interaction_metadata": metadata | {"name": origin.name}, "interaction": old}


def _metadata(world: World, origin: Origin) -> Json:
    metadata: Json = {
        "id": str(origin.interaction_id),
        "type": origin.type,
        "user": user_payload(world.users[origin.user_id]),
        "authorizing_integration_owners": {"0": str(origin.guild_id or 0)},
    }
    if origin.triggering is not None:
        metadata["triggering_interaction_metadata"] = _metadata(world, origin.triggering)
    if origin.interacted_message_id is not None:
        metadata["interacted_message_id"] = str(origin.interacted_message_id)
    if origin.original_message_id is not None:
        metadata["original_response_message_id"] = str(origin.original_message_id)
    return metadata


def attachment_payload(attachment: Attachment, channel_id: int, *, ephemeral: bool = False) -> Json:
    """Return a file's description, with a URL below ``CDN``."""
    url = f"{CDN}attachments/{channel_id}/{attachment.id}/{attachment.filename}"
    payload: Json = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.content),
        "url": url,
        "proxy_url": url,
        "content_type": attachment.content_type,
    }
    if attachment.description is not None:
        payload["description"] = attachment.description
    if ephemeral:
        payload["ephemeral"] = True
    return payload


def emoji_payload(reaction: Reaction) -> Json:
    """Return the emoji of a reaction."""
    return {"id": str(reaction.emoji_id) if reaction.emoji_id else None, "name": reaction.emoji_name}


def reaction_payload(reaction: Reaction, viewer_id: int | None) -> Json:
    """Return one emoji under a message with its count."""
    return {
        "emoji": emoji_payload(reaction),
        "count": len(reaction.user_ids),
        "count_details": {"burst": 0, "normal": len(reaction.user_ids)},
        "burst_colors": [],
        "me_burst": False,
        "me": viewer_id in reaction.user_ids,
    }
