"""Users and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.clock import iso

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Json, Member, User


def user_payload(user: User) -> Json:
    """Return a user as others see it."""
    payload: Json = {
        "id": str(user.id),
        "username": user.username,
        "avatar": None,
        # People have had none since 2023; bots kept theirs.
        "discriminator": f"{user.id % 10_000:04}" if user.bot else "0",
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "global_name": user.global_name,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
    }
    if user.bot:
        payload["bot"] = True
    return payload


def own_user_payload(user: User) -> Json:
    """Return a bot's user as it sees itself."""
    return user_payload(user) | {
        "mfa_enabled": True,
        "locale": "en-US",
        "premium_type": 0,
        "email": None,
        "verified": True,
    }


def bare_member_payload(member: Member) -> Json:
    """Return a member without its user, as it stands beside a message's author."""
    return {
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "collectibles": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": iso(member.joined_at),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [str(r) for r in member.roles],
        "mute": False,
        "deaf": False,
    }


def member_payload(member: Member, user: User) -> Json:
    """Return a member with its user."""
    return bare_member_payload(member) | {"user": user_payload(user)}
