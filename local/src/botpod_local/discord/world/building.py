"""Making worlds: people, bots, guilds, channels; listeners are told of what is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.clock import DISCORD_EPOCH_MS
from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.guilds import role_payload
from botpod_local.discord.payloads.users import member_payload, user_payload
from botpod_local.discord.world.happening import Audience, Happening
from botpod_local.discord.world.messages import drop_files
from botpod_local.discord.world.permissions import EVERYONE_DEFAULT
from botpod_local.discord.world.records import (
    Application,
    Channel,
    ChannelType,
    Guild,
    Member,
    Role,
    User,
)
from botpod_local.discord.world.tokens import bot_token, key_pair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.discord.world.records import Overwrite
    from botpod_local.discord.world.world import World

ALL_PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
"""GUILD_MEMBERS, GUILD_PRESENCES and MESSAGE_CONTENT."""

FIRST_GUILD_MS = DISCORD_EPOCH_MS + 720_720 * 250_000
"""Guilds get ids one millisecond apart from here on: the n-th lies on shard ``n % count`` for any count up
to 16 and any power of two up to 256, for the distance to the epoch is a multiple of all of those."""


def add_user(world: World, username: str, *, global_name: str | None = None) -> User:
    """Add a person."""
    user = User(id=world.snowflakes.next(), username=username, global_name=global_name or username)
    world.users[user.id] = user
    return user


def add_application(
    world: World,
    name: str,
    *,
    owner: User,
    token: str | None = None,
    privileged: int = ALL_PRIVILEGED,
) -> Application:
    """Add an application and its bot's user (with the same id, as new ones have); it is in no guild yet."""
    bot_id = world.snowflakes.next()
    world.users[bot_id] = User(id=bot_id, username=name, bot=True)
    public_key, private_key = key_pair()
    application = Application(
        id=bot_id,
        name=name,
        bot_user_id=bot_id,
        owner_id=owner.id,
        token=token or bot_token(bot_id),
        public_key=public_key,
        private_key=private_key,
        privileged=privileged,
    )
    world.applications[application.id] = application
    return application


def add_guild(world: World, name: str, *, owner: User) -> Guild:
    """Add a guild with its owner as the only member and no channel."""
    guild_id = (FIRST_GUILD_MS - DISCORD_EPOCH_MS + world.guilds_made) << 22
    world.guilds_made += 1
    guild = Guild(id=guild_id, name=name, owner_id=owner.id)
    guild.roles[guild_id] = Role(id=guild_id, name="@everyone", permissions=EVERYONE_DEFAULT, position=0)
    world.guilds[guild_id] = guild
    add_member(world, guild, owner)
    return guild


def add_member(world: World, guild: Guild, user: User) -> Member:
    """Let a user join a guild; a bot gets its own role and its sessions a GUILD_CREATE."""
    member = Member(user_id=user.id, joined_at=world.now())
    guild.members[user.id] = member
    if user.bot:
        role = add_role(world, guild, user.username, permissions=0, bot_id=user.id)
        member.roles.append(role.id)
        joined = {"id": str(guild.id)}
        world.emit(
            Happening(
                name="GUILD_CREATE",
                data=joined,
                guild_id=guild.id,
                bot_id=user.id,
                audience=Audience.BOTS,
            )
        )
    data = member_payload(member, user) | {"guild_id": str(guild.id)}
    world.emit(Happening(name="GUILD_MEMBER_ADD", data=data, guild_id=guild.id))
    return member


def add_role(
    world: World, guild: Guild, name: str, *, permissions: int = 0, bot_id: int | None = None
) -> Role:
    """Add a role above the others."""
    role = Role(
        id=world.snowflakes.next(),
        name=name,
        permissions=permissions,
        position=len(guild.roles),
        bot_id=bot_id,
    )
    guild.roles[role.id] = role
    data = {"guild_id": str(guild.id), "role": role_payload(role)}
    world.emit(Happening(name="GUILD_ROLE_CREATE", data=data, guild_id=guild.id))
    return role


def give_role(world: World, guild: Guild, user_id: int, role: Role) -> None:
    """Give a member a role."""
    member = guild.members[user_id]
    if role.id not in member.roles:
        member.roles.append(role.id)
    data = member_payload(member, world.users[user_id]) | {"guild_id": str(guild.id)}
    world.emit(Happening(name="GUILD_MEMBER_UPDATE", data=data, guild_id=guild.id))


def add_channel(
    world: World,
    guild: Guild,
    name: str,
    *,
    kind: ChannelType = ChannelType.TEXT,
    topic: str | None = None,
    overwrites: Iterable[Overwrite] = (),
    parent_id: int | None = None,
) -> Channel:
    """Add a channel to a guild, below the others."""
    channel = Channel(
        id=world.snowflakes.next(),
        type=kind,
        guild_id=guild.id,
        name=name,
        topic=topic,
        position=len(guild.channel_ids),
        overwrites=list(overwrites),
        parent_id=parent_id,
    )
    world.channels[channel.id] = channel
    guild.channel_ids.append(channel.id)
    announce_channel(world, channel, "CHANNEL_CREATE")
    return channel


def announce_channel(world: World, channel: Channel, name: str) -> None:
    """Tell everyone who sees a channel that ``name`` happened to it."""
    world.tell(channel, name, channel_payload(world, channel))


def remove_channel(world: World, channel: Channel) -> None:
    """Take a channel away with its threads, or a thread."""
    for thread in [c for c in world.channels.values() if c.parent_id == channel.id and c.thread]:
        remove_channel(world, thread)
    if channel.thread is None:
        announce_channel(world, channel, "CHANNEL_DELETE")
    else:
        payload = channel_payload(world, channel)
        world.tell(channel, "THREAD_DELETE", {k: payload[k] for k in ("id", "parent_id", "type")})
    if channel.guild_id is not None:
        world.guilds[channel.guild_id].channel_ids.remove(channel.id)
    for message in channel.messages.values():
        drop_files(world, message.attachments)
    del world.channels[channel.id]


def remove_member(world: World, guild: Guild, user_id: int) -> None:
    """Let a user leave a guild; a bot's sessions get a GUILD_DELETE."""
    user = world.users[user_id]
    if user.bot:
        world.emit(
            Happening(
                name="GUILD_DELETE",
                data={"id": str(guild.id)},
                guild_id=guild.id,
                bot_id=user_id,
                audience=Audience.BOTS,
            )
        )
    del guild.members[user_id]
    data = {"guild_id": str(guild.id), "user": user_payload(user)}
    world.emit(Happening(name="GUILD_MEMBER_REMOVE", data=data, guild_id=guild.id))


def direct_channel(world: World, one: int, other: int) -> Channel:
    """Return the direct conversation of two users, opening it if there is none."""
    wanted = {one, other}
    for channel in world.channels.values():
        if channel.type is ChannelType.DM and set(channel.recipients) == wanted:
            return channel
    channel = Channel(id=world.snowflakes.next(), type=ChannelType.DM, recipients=[one, other])
    world.channels[channel.id] = channel
    for user_id in (one, other):
        data = channel_payload(world, channel, viewer_id=user_id)
        world.tell(channel, "CHANNEL_CREATE", data, user_id=user_id, audience=Audience.PEOPLE)
    return channel
