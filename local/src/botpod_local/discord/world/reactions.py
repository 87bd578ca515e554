"""Reactions: put under messages and taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.payloads.messages import emoji_payload
from botpod_local.discord.payloads.users import member_payload
from botpod_local.discord.world.records import Reaction

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Channel, Json, Message
    from botpod_local.discord.world.world import World

MOST_REACTIONS = 20


def parse_emoji(written: str) -> tuple[int | None, str]:
    """Return the id (None for a Unicode emoji) and name of an emoji as it stands in a URL."""
    name, colon, number = written.removeprefix("a:").rpartition(":")
    if colon:
        if not number.isdigit() or not name:
            raise Refusal(Fault.UNKNOWN_EMOJI)
        return int(number), name
    if not written or written.isascii():
        raise Refusal(Fault.UNKNOWN_EMOJI)
    return None, written


def find(message: Message, emoji: tuple[int | None, str]) -> Reaction | None:
    """Return the reaction with this emoji under a message."""
    return next((r for r in message.reactions if (r.emoji_id, r.emoji_name) == emoji), None)


def react(
    world: World, channel: Channel, message: Message, user_id: int, emoji: tuple[int | None, str]
) -> None:
    """Put a user's reaction under a message; twice is once."""
    reaction = find(message, emoji)
    if reaction is None:
        if len(message.reactions) >= MOST_REACTIONS:
            raise Refusal(Fault.TOO_MANY_REACTIONS)
        reaction = Reaction(emoji_id=emoji[0], emoji_name=emoji[1])
        message.reactions.append(reaction)
    if user_id in reaction.user_ids:
        return
    reaction.user_ids.append(user_id)
    data = _data(channel, message, reaction) | {
        "user_id": str(user_id),
        "message_author_id": str(message.author_id),
        "burst": False,
        "type": 0,
    }
    guild = world.guilds.get(channel.guild_id or 0)
    if guild is not None and user_id in guild.members:
        data["member"] = member_payload(guild.members[user_id], world.users[user_id])
    world.tell(channel, "MESSAGE_REACTION_ADD", data)


def unreact(
    world: World, channel: Channel, message: Message, user_id: int, emoji: tuple[int | None, str]
) -> None:
    """Take a user's reaction away."""
    reaction = find(message, emoji)
    if reaction is None or user_id not in reaction.user_ids:
        raise Refusal(Fault.UNKNOWN_EMOJI)
    reaction.user_ids.remove(user_id)
    if not reaction.user_ids:
        message.reactions.remove(reaction)
    data = _data(channel, message, reaction) | {"user_id": str(user_id), "burst": False, "type": 0}
    world.tell(channel, "MESSAGE_REACTION_REMOVE", data)


def clear(
    world: World, channel: Channel, message: Message, emoji: tuple[int | None, str] | None = None
) -> None:
    """Take all reactions away, or all with one emoji."""
    if emoji is None:
        message.reactions.clear()
        world.tell(channel, "MESSAGE_REACTION_REMOVE_ALL", _place(channel, message))
        return
    reaction = find(message, emoji)
    if reaction is None:
        raise Refusal(Fault.UNKNOWN_EMOJI)
    message.reactions.remove(reaction)
    world.tell(channel, "MESSAGE_REACTION_REMOVE_EMOJI", _data(channel, message, reaction))


def _place(channel: Channel, message: Message) -> Json:
    return {"channel_id": str(channel.id), "message_id": str(message.id)}


def _data(channel: Channel, message: Message, reaction: Reaction) -> Json:
    return _place(channel, message) | {"emoji": emoji_payload(reaction)}
