"""Threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.payloads.channels import channel_payload, thread_member_payload
from botpod_local.discord.payloads.users import member_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.rest.channels import MOST_SLOWMODE
from botpod_local.discord.rest.reading import channel_for, message_for
from botpod_local.discord.world import threads
from botpod_local.discord.world.permissions import Permission, require
from botpod_local.discord.world.records import ChannelType

if TYPE_CHECKING:
    from botpod_local.discord.forms.fields import Fields
    from botpod_local.discord.world.records import Channel, Json

_KINDS = {
    ChannelType.ANNOUNCEMENT_THREAD: Permission.CREATE_PUBLIC_THREADS,
    ChannelType.PUBLIC_THREAD: Permission.CREATE_PUBLIC_THREADS,
    ChannelType.PRIVATE_THREAD: Permission.CREATE_PRIVATE_THREADS,
}


def _read(fields: Fields) -> tuple[str, int]:
    name = fields.text("name", shortest=1, longest=100, required=True)
    minutes = fields.choice("auto_archive_duration", threads.ARCHIVE_MINUTES)
    fields.integer("rate_limit_per_user", least=0, most=MOST_SLOWMODE)
    return name or "", minutes or threads.DAY


def open_from_message(call: Call) -> Answer:
    """Open a thread from a message."""
    channel = channel_for(call, Permission.CREATE_PUBLIC_THREADS)
    message = message_for(call, channel)
    fields = call.fields()
    name, minutes = _read(fields)
    fields.done()
    thread = threads.open_from(call.world, channel, message, name=name, owner_id=call.me.id, minutes=minutes)
    return Answer(201, channel_payload(call.world, thread, viewer_id=call.me.id))


def open_without(call: Call) -> Answer:
    """Open a thread by itself; where the body names no type, a private one (API v10)."""
    channel = channel_for(call)
    fields = call.fields()
    name, minutes = _read(fields)
    written = fields.choice("type", tuple(int(k) for k in _KINDS))
    fields.done()
    kind = ChannelType(ChannelType.PRIVATE_THREAD if written is None else written)
    require(call.world, channel, call.me.id, _KINDS[kind])
    thread = threads.open_alone(
        call.world, channel, kind=kind, name=name, owner_id=call.me.id, minutes=minutes
    )
    return Answer(201, channel_payload(call.world, thread, viewer_id=call.me.id))


def join(call: Call) -> Answer:
    """Join a thread."""
    threads.join(call.world, _open_thread(call), call.me.id)
    return NO_CONTENT


def leave(call: Call) -> Answer:
    """Leave a thread."""
    threads.leave(call.world, _open_thread(call), call.me.id)
    return NO_CONTENT


def add_member(call: Call) -> Answer:
    """Add somebody to a thread."""
    channel = _open_thread(call)
    require(call.world, channel, call.me.id, Permission.SEND_MESSAGES_IN_THREADS)
    user_id = call.id("user_id")
    call.world.member(channel.guild_id or 0, user_id)
    threads.join(call.world, channel, user_id)
    return NO_CONTENT


def remove_member(call: Call) -> Answer:
    """Remove somebody from a thread."""
    channel = _open_thread(call)
    require(call.world, channel, call.me.id, Permission.MANAGE_THREADS)
    threads.leave(call.world, channel, call.id("user_id"))
    return NO_CONTENT


def list_members(call: Call) -> Answer:
    """Return who joined a thread."""
    channel = channel_for(call)
    limit = call.query_int("limit", least=1, most=100, default=100)
    after = call.query_id("after") or 0
    ids = sorted(i for i in threads.of(channel).members if i > after)[:limit]
    return Answer(200, [_member(call, channel, i) for i in ids])


def get_member(call: Call) -> Answer:
    """Return one who joined a thread."""
    channel = channel_for(call)
    written = call.params["user_id"]
    user_id = call.me.id if written == "@me" else call.id("user_id")
    if user_id not in threads.of(channel).members:
        raise Refusal(Fault.UNKNOWN_MEMBER)
    return Answer(200, _member(call, channel, user_id))


def list_archived(call: Call) -> Answer:
    """Return a channel's archived public threads, last archived first."""
    parent = channel_for(call, Permission.READ_MESSAGE_HISTORY)
    limit = call.query_int("limit", least=2, most=100, default=50)
    found = [
        c
        for c in call.world.channels.values()
        if c.parent_id == parent.id
        and c.type is not ChannelType.PRIVATE_THREAD
        and c.thread is not None
        and c.thread.archived
    ]
    found.sort(key=lambda c: -threads.of(c).archive_changed)
    joined = [_member(call, c, call.me.id) for c in found[:limit] if call.me.id in threads.of(c).members]
    shown = [channel_payload(call.world, c, viewer_id=call.me.id) for c in found[:limit]]
    return Answer(200, {"threads": shown, "members": joined, "has_more": len(found) > limit})


def _open_thread(call: Call) -> Channel:
    channel = channel_for(call)
    if threads.of(channel).archived:
        raise Refusal(Fault.THREAD_ARCHIVED)
    return channel


def _member(call: Call, channel: Channel, user_id: int) -> Json:
    payload = thread_member_payload(channel.id, user_id, threads.of(channel).members[user_id])
    if call.query_flag("with_member") and channel.guild_id is not None:
        member = call.world.member(channel.guild_id, user_id)
        payload["member"] = member_payload(member, call.world.users[user_id])
    return payload


_CHANNEL = "/channels/{channel_id}"
_MEMBERS = f"{_CHANNEL}/thread-members"
ROUTES = tuple(
    Route(method=method, template=template, handler=handler, rule=rule, major=("channel_id",))
    for method, template, handler, rule in (
        ("POST", f"{_CHANNEL}/messages/{{message_id}}/threads", open_from_message, rules.THREADS),
        ("POST", f"{_CHANNEL}/threads", open_without, rules.THREADS),
        ("GET", f"{_CHANNEL}/threads/archived/public", list_archived, rules.THREAD_MEMBERS),
        ("GET", _MEMBERS, list_members, rules.THREAD_MEMBERS),
        ("PUT", f"{_MEMBERS}/@me", join, rules.THREAD_MEMBERS),
        ("DELETE", f"{_MEMBERS}/@me", leave, rules.THREAD_MEMBERS),
        ("GET", f"{_MEMBERS}/{{user_id}}", get_member, rules.THREAD_MEMBERS),
        ("PUT", f"{_MEMBERS}/{{user_id}}", add_member, rules.THREAD_MEMBERS),
        ("DELETE", f"{_MEMBERS}/{{user_id}}", remove_member, rules.THREAD_MEMBERS),
    )
)
