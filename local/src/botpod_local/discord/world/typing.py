"""Someone is typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.payloads.users import member_payload

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Channel, Json
    from botpod_local.discord.world.world import World


def typing(world: World, channel: Channel, user_id: int) -> None:
    """Tell everyone that a user is typing; it shows for ten seconds."""
    data: Json = {
        "channel_id": str(channel.id),
        "user_id": str(user_id),
        "timestamp": int(world.now()),
    }
    guild = world.guilds.get(channel.guild_id or 0)
    if guild is not None and user_id in guild.members:
        data["member"] = member_payload(guild.members[user_id], world.users[user_id])
    world.tell(channel, "TYPING_START", data)
