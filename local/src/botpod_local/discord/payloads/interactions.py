"""Interactions as a bot receives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.messages import message_payload
from botpod_local.discord.payloads.users import member_payload, user_payload
from botpod_local.discord.world.permissions import in_channel

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Interaction, Json
    from botpod_local.discord.world.world import World

_GUILD, _BOT_DM = 0, 1


def interaction_payload(world: World, interaction: Interaction) -> Json:
    """Return what INTERACTION_CREATE carries."""
    application = world.applications[interaction.application_id]
    channel = world.channels[interaction.channel_id]
    user = world.users[interaction.user_id]
    owners = {"0": str(interaction.guild_id or 0)}
    payload: Json = {
        "version": 1,
        "id": str(interaction.id),
        "application_id": str(interaction.application_id),
        "type": interaction.type,
        "token": interaction.token,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": channel_payload(world, channel, viewer_id=application.bot_user_id)
        | {"permissions": str(in_channel(world, channel, user.id))},
        "locale": "en-US",
        "app_permissions": str(in_channel(world, channel, application.bot_user_id)),
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": owners,
        "context": _BOT_DM if interaction.guild_id is None else _GUILD,
        "attachment_size_limit": 10 * 1024 * 1024,
    }
    if interaction.message_id is not None:
        source = _source(world, interaction)
        if source is not None:
            payload["message"] = source
    if interaction.guild_id is None:
        return payload | {"user": user_payload(user)}
    guild = world.guilds[interaction.guild_id]
    member = member_payload(guild.members[user.id], user)
    return payload | {
        "guild_id": str(guild.id),
        "guild_locale": "en-US",
        "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
        "member": member | {"permissions": str(in_channel(world, channel, user.id))},
    }


def _source(world: World, interaction: Interaction) -> Json | None:
    message = world.channels[interaction.channel_id].messages.get(interaction.message_id or 0)
    return message_payload(world, message) if message else None
