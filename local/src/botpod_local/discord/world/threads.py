"""Threads: opened, joined, archived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.payloads.channels import channel_payload, thread_member_payload
from botpod_local.discord.world import messages
from botpod_local.discord.world.records import (
    THREADS,
    Channel,
    ChannelType,
    Message,
    MessageFlag,
    MessageType,
    Reference,
    Thread,
)

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Json
    from botpod_local.discord.world.world import World

DAY = 1440
ARCHIVE_MINUTES = (60, DAY, 4320, 10080)
PARENTS = frozenset({ChannelType.TEXT, ChannelType.ANNOUNCEMENT})


def open_from(
    world: World, parent: Channel, message: Message, *, name: str, owner_id: int, minutes: int = DAY
) -> Channel:
    """Open a thread from a message; it gets the message's id, as in Discord."""
    if message.id in world.channels:
        raise Refusal(Fault.THREAD_EXISTS)
    kind = ChannelType.PUBLIC_THREAD
    if parent.type is ChannelType.ANNOUNCEMENT:
        kind = ChannelType.ANNOUNCEMENT_THREAD
    thread = _open(world, parent, message.id, kind=kind, name=name, owner_id=owner_id, minutes=minutes)
    message.thread_id = thread.id
    message.flags |= MessageFlag.HAS_THREAD
    messages.announce(world, parent, message, "MESSAGE_UPDATE")
    starter = Message(
        id=world.snowflakes.next(),
        channel_id=thread.id,
        author_id=message.author_id,
        created=world.now(),
        type=MessageType.THREAD_STARTER,
        reference=Reference(message_id=message.id, channel_id=parent.id, guild_id=parent.guild_id),
    )
    messages.put(world, thread, starter)
    return thread


def open_alone(
    world: World, parent: Channel, *, kind: ChannelType, name: str, owner_id: int, minutes: int = DAY
) -> Channel:
    """Open a thread without a message; a public one is announced in its channel."""
    thread_id = world.snowflakes.next()
    thread = _open(world, parent, thread_id, kind=kind, name=name, owner_id=owner_id, minutes=minutes)
    if kind is not ChannelType.PRIVATE_THREAD:
        draft = messages.Draft(
            author_id=owner_id,
            content=name,
            type=MessageType.THREAD_CREATED,
            reference=Reference(message_id=thread_id, channel_id=thread_id, guild_id=parent.guild_id),
        )
        messages.write(world, parent, draft)
    return thread


def _open(
    world: World,
    parent: Channel,
    thread_id: int,
    *,
    kind: ChannelType,
    name: str,
    owner_id: int,
    minutes: int,
) -> Channel:
    if parent.type not in PARENTS or parent.guild_id is None:
        raise Refusal(Fault.WRONG_CHANNEL_KIND)
    now = world.now()
    thread = Channel(
        id=thread_id,
        type=kind,
        guild_id=parent.guild_id,
        name=name,
        parent_id=parent.id,
        thread=Thread(
            owner_id=owner_id,
            auto_archive_minutes=minutes,
            created=now,
            archive_changed=now,
            members={owner_id: now},
        ),
    )
    world.channels[thread.id] = thread
    world.guilds[parent.guild_id].channel_ids.append(thread.id)
    tell(world, thread, "THREAD_CREATE", {"newly_created": True})
    return thread


def join(world: World, thread: Channel, user_id: int) -> None:
    """Let a user join a thread; twice is once."""
    details = of(thread)
    if user_id in details.members:
        return
    details.members[user_id] = world.now()
    added = thread_member_payload(thread.id, user_id, details.members[user_id])
    _members_changed(world, thread, {"added_members": [added]})


def leave(world: World, thread: Channel, user_id: int) -> None:
    """Let a user leave a thread."""
    if of(thread).members.pop(user_id, None) is None:
        raise Refusal(Fault.UNKNOWN_MEMBER)
    _members_changed(world, thread, {"removed_member_ids": [str(user_id)]})


def wake(world: World, thread: Channel) -> None:
    """Bring an archived thread back because somebody speaks in it; a locked one stays."""
    details = of(thread)
    if not details.archived:
        return
    if details.locked:
        raise Refusal(Fault.THREAD_ARCHIVED)
    set_archived(world, thread, archived=False)
    tell(world, thread, "THREAD_UPDATE")


def set_archived(world: World, thread: Channel, *, archived: bool) -> None:
    """Archive a thread or bring it back, without telling anyone yet."""
    details = of(thread)
    if details.archived != archived:
        details.archived, details.archive_changed = archived, world.now()


def of(channel: Channel) -> Thread:
    """Return what makes a channel a thread, or refuse."""
    if channel.type not in THREADS or channel.thread is None:
        raise Refusal(Fault.WRONG_CHANNEL_KIND)
    return channel.thread


def tell(world: World, thread: Channel, name: str, more: Json | None = None) -> None:
    """Tell everyone who sees a thread that ``name`` happened to it."""
    world.tell(thread, name, channel_payload(world, thread) | (more or {}))


def _members_changed(world: World, thread: Channel, change: Json) -> None:
    about = {"id": str(thread.id), "member_count": min(50, len(of(thread).members))}
    world.tell(thread, "THREAD_MEMBERS_UPDATE", about | change)
