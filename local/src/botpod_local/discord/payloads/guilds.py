"""Guilds and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.clock import iso
from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.users import member_payload
from botpod_local.discord.world.permissions import sees
from botpod_local.discord.world.records import THREADS

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Guild, Json, Role
    from botpod_local.discord.world.world import World


def role_payload(role: Role) -> Json:
    """Return a role."""
    payload: Json = {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.bot_id is not None,
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    if role.bot_id is not None:
        payload["tags"] = {"bot_id": str(role.bot_id)}
    return payload


def guild_payload(guild: Guild) -> Json:
    """Return a guild as REST gives it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(guild.owner_id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role_payload(r) for r in guild.roles.values()],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create_payload(world: World, guild: Guild, *, viewer_id: int, member_ids: list[int]) -> Json:
    """Return a guild as GUILD_CREATE gives it: with channels, threads and the members one may know."""
    seen = [c for c in map(world.channels.get, guild.channel_ids) if c and sees(world, c, viewer_id)]
    return guild_payload(guild) | {
        "joined_at": iso(guild.members[viewer_id].joined_at),
        "large": len(guild.members) > 250,  # noqa: PLR2004  Discord's own number
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [member_payload(guild.members[m], world.users[m]) for m in member_ids],
        "channels": [channel_payload(world, c, viewer_id=viewer_id) for c in seen if c.type not in THREADS],
        "threads": [
            channel_payload(world, c, viewer_id=viewer_id)
            for c in seen
            if c.thread is not None and not c.thread.archived
        ],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
