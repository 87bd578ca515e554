"""Applications and what READY says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.payloads.users import user_payload

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Application, Json
    from botpod_local.discord.world.world import World

# Application flags: an unverified app that was granted an intent carries the "limited" bit.
_PRESENCES, _MEMBERS, _CONTENT = (1 << 8, 1 << 13), (1 << 1, 1 << 15), (1 << 15, 1 << 19)


def application_flags(application: Application) -> int:
    """Return the flags that tell which privileged intents it has been granted."""
    flags = 0
    for intent, flag in (_PRESENCES, _MEMBERS, _CONTENT):
        flags |= flag if application.privileged & intent else 0
    return flags


def application_payload(world: World, application: Application) -> Json:
    """Return an application as its own bot sees it."""
    flags = application_flags(application)
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": application.description,
        "type": None,
        "bot": user_payload(world.users[application.bot_user_id]),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": application.public_key,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": application.interactions_endpoint_url,
        "role_connections_verification_url": None,
        "owner": user_payload(world.users[application.owner_id]),
        "approximate_guild_count": sum(application.bot_user_id in g.members for g in world.guilds.values()),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "summary": "",
    }
