"""Who may do what where: Discord's permission arithmetic."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.world.records import THREADS, Channel, ChannelType, Guild, Overwrite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.discord.world.world import World


class Permission(IntFlag):
    """The permissions that are checked here."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38


ALL = (1 << 53) - 1
DM_PERMISSIONS = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
)
EVERYONE_DEFAULT = int(
    DM_PERMISSIONS
    | Permission.MENTION_EVERYONE
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What @everyone may in a newly made guild, of what is checked here."""


def in_guild(guild: Guild, user_id: int) -> int:
    """Return a member's permissions in a guild before any channel's exceptions."""
    if user_id == guild.owner_id:
        return ALL
    member = guild.members[user_id]
    granted = guild.roles[guild.id].permissions
    for role_id in member.roles:
        role = guild.roles.get(role_id)
        granted |= role.permissions if role else 0
    return ALL if granted & Permission.ADMINISTRATOR else granted


def in_channel(world: World, channel: Channel, user_id: int) -> int:
    """Return what a user may do in a channel; 0 for one who isn't there."""
    if channel.guild_id is None:
        return int(DM_PERMISSIONS) if user_id in channel.recipients else 0
    guild = world.guilds[channel.guild_id]
    member = guild.members.get(user_id)
    if member is None:
        return 0
    base = in_guild(guild, user_id)
    if base == ALL:
        return ALL
    if channel.type in THREADS:
        parent = world.channels.get(channel.parent_id or 0)
        if channel.type is ChannelType.PRIVATE_THREAD and not _sees_private(channel, user_id, base):
            return 0
        return in_channel(world, parent, user_id) if parent else 0
    return _overwritten(base, channel.overwrites, guild.id, member.roles, user_id)


def require(world: World, channel: Channel, user_id: int, *needed: Permission) -> None:
    """Refuse unless the user sees the channel and has each permission ``needed``."""
    held = in_channel(world, channel, user_id)
    if not held & Permission.VIEW_CHANNEL:
        # A direct conversation of others is not even admitted to exist.
        raise Refusal(Fault.MISSING_ACCESS if channel.guild_id else Fault.UNKNOWN_CHANNEL)
    for permission in needed:
        if not held & permission:
            raise Refusal(Fault.MISSING_PERMISSIONS)


def sees(world: World, channel: Channel, user_id: int) -> bool:
    """Say whether a user can look into a channel."""
    return bool(in_channel(world, channel, user_id) & Permission.VIEW_CHANNEL)


def _sees_private(channel: Channel, user_id: int, base: int) -> bool:
    joined = channel.thread is not None and user_id in channel.thread.members
    return joined or bool(base & Permission.MANAGE_THREADS)


def _overwritten(
    base: int, overwrites: Iterable[Overwrite], everyone_id: int, roles: list[int], user_id: int
) -> int:
    by_id = {o.id: o for o in overwrites}
    if everyone := by_id.get(everyone_id):
        base = base & ~everyone.deny | everyone.allow
    of_roles = [by_id[r] for r in roles if r in by_id]
    deny = allow = 0
    for overwrite in of_roles:
        deny |= overwrite.deny
        allow |= overwrite.allow
    base = base & ~deny | allow
    if own := by_id.get(user_id):
        base = base & ~own.deny | own.allow
    return base
