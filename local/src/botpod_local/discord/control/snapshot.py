"""The world at a glance, as a page needs it to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.guilds import role_payload
from botpod_local.discord.payloads.users import member_payload, user_payload
from botpod_local.discord.world.permissions import sees
from botpod_local.discord.world.records import Channel, ChannelType

if TYPE_CHECKING:
    from botpod_local.discord.gateway.hub import Hub
    from botpod_local.discord.world.records import Guild, Json, User
    from botpod_local.discord.world.world import World


def snapshot(world: World, hub: Hub, viewer: User | None) -> Json:
    """Return users, bots, guilds with channels and members, direct conversations and commands.

    Args:
        world: what to show.
        hub: knows who is connected.
        viewer: only what this person sees; None: everything.
    """
    guilds = [g for g in world.guilds.values() if viewer is None or viewer.id in g.members]
    return {
        "user": user_payload(viewer) if viewer else None,
        "users": [user_payload(u) for u in world.users.values()],
        "bots": [
            {
                "application_id": str(a.id),
                "user": user_payload(world.users[a.bot_user_id]),
                "status": "online" if hub.online(a) else "offline",
                "commands": list(a.commands.values()),
                "guild_commands": {
                    str(g): list(commands.values()) for g, commands in a.guild_commands.items()
                },
            }
            for a in world.applications.values()
        ],
        "guilds": [_guild(world, g, viewer) for g in guilds],
        "private_channels": [
            channel_payload(world, c, viewer_id=viewer.id if viewer else None)
            for c in world.channels.values()
            if c.type is ChannelType.DM and (viewer is None or viewer.id in c.recipients)
        ],
    }


def _guild(world: World, guild: Guild, viewer: User | None) -> Json:
    channels = (world.channels.get(i) for i in guild.channel_ids)
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "roles": [role_payload(r) for r in guild.roles.values()],
        "members": [member_payload(m, world.users[i]) for i, m in guild.members.items()],
        "channels": [
            channel_payload(world, c, viewer_id=viewer.id if viewer else None)
            for c in channels
            if c is not None and _seen(world, c, viewer)
        ],
    }


def _seen(world: World, channel: Channel, viewer: User | None) -> bool:
    return viewer is None or sees(world, channel, viewer.id)
