"""What a session is told when it begins: READY, and its guilds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.gateway.intents import Intent
from botpod_local.discord.payloads.applications import application_flags
from botpod_local.discord.payloads.guilds import guild_create_payload
from botpod_local.discord.payloads.users import own_user_payload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.discord.gateway.session import Session
    from botpod_local.discord.world.records import Application, Guild, Json
    from botpod_local.discord.world.world import World


def guilds_of(world: World, application: Application, shard: tuple[int, int]) -> list[Guild]:
    """Return the guilds of a shard that the bot is in."""
    number, count = shard
    return [
        g
        for g in world.guilds.values()
        if application.bot_user_id in g.members and (g.id >> 22) % count == number
    ]


def ready_payload(world: World, session: Session, guilds: Iterable[Guild], resume_url: str) -> Json:
    """Return READY's data; the session's guilds come afterwards, one by one."""
    application = session.application
    return {
        "v": 10,
        "user_settings": {},
        "user": own_user_payload(world.users[application.bot_user_id]),
        "session_type": "normal",
        "session_id": session.id,
        "resume_gateway_url": resume_url,
        "relationships": [],
        "private_channels": [],
        "presences": [],
        "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds],
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": [],
        "auth": {},
        "application": {"id": str(application.id), "flags": application_flags(application)},
        "shard": list(session.shard),
        "_trace": ["botpod-stand-in"],
    }


def guild_create_for(world: World, session: Session, guild: Guild) -> Json:
    """Return GUILD_CREATE's data with the members that this session may know."""
    me = session.application.bot_user_id
    small = len(guild.members) <= session.large_threshold
    # Without the presences intent only oneself is listed, whatever the size.
    known = list(guild.members) if session.intents & Intent.GUILD_PRESENCES and small else [me]
    return guild_create_payload(world, guild, viewer_id=me, member_ids=known)
