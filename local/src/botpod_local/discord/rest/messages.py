"""Messages: read, written, edited, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.clock import snowflake_at
from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.forms.messages import read_message, refuse_emptied, refuse_empty
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.rest.reading import channel_for, message_for, shown
from botpod_local.discord.world import messages, threads
from botpod_local.discord.world.permissions import Permission, in_channel, require
from botpod_local.discord.world.records import (
    THREADS,
    Channel,
    ChannelType,
    MessageType,
    Reference,
)

if TYPE_CHECKING:
    from botpod_local.discord.forms.fields import Fields
    from botpod_local.discord.forms.messages import MessageForm

BULK_LEAST, BULK_MOST, BULK_DAYS = 2, 100, 14


def list_messages(call: Call) -> Answer:
    """Return a page of messages, newest first."""
    channel = channel_for(call)
    if not in_channel(call.world, channel, call.me.id) & Permission.READ_MESSAGE_HISTORY:
        return Answer(200, [])
    limit = call.query_int("limit", least=1, most=100, default=50)
    around, before, after = (call.query_id(n) for n in ("around", "before", "after"))
    there = [m for m in channel.messages.values() if m.ephemeral_for is None]
    if around is not None:
        older = [m for m in there if m.id <= around][-(limit // 2 + 1) :]
        newer = [m for m in there if m.id > around][: limit - len(older)]
        there = older + newer
    elif after is not None:
        there = [m for m in there if m.id > after][:limit]
    else:
        there = [m for m in there if before is None or m.id < before][-limit:]
    return Answer(200, [shown(call, channel, m) for m in reversed(there)])


def get_message(call: Call) -> Answer:
    """Return one message."""
    channel = channel_for(call, Permission.READ_MESSAGE_HISTORY)
    return Answer(200, shown(call, channel, message_for(call, channel)))


def create_message(call: Call) -> Answer:
    """Write a message."""
    channel = channel_for(call)
    needed = Permission.SEND_MESSAGES
    if channel.type in THREADS:
        needed = Permission.SEND_MESSAGES_IN_THREADS
    require(call.world, channel, call.me.id, needed)
    if channel.type is ChannelType.CATEGORY:
        raise Refusal(Fault.WRONG_CHANNEL_KIND)
    fields = call.fields()
    form = read_message(fields, call.files)
    reference = _reference(call, channel, form, fields)
    fields.done()
    refuse_empty(form)
    if form.uploads:
        require(call.world, channel, call.me.id, Permission.ATTACH_FILES)
    if channel.type in THREADS:
        threads.wake(call.world, channel)
        threads.join(call.world, channel, call.me.id)
    draft = messages.Draft(
        author_id=call.me.id,
        type=MessageType.REPLY if reference else MessageType.DEFAULT,
        nonce=form.nonce,
        enforce_nonce=form.enforce_nonce,
        reference=reference,
    )
    message = messages.write(call.world, channel, messages.filled(draft, form, flags=messages.SENDER_FLAGS))
    return Answer(200, shown(call, channel, message))


def _reference(call: Call, channel: Channel, form: MessageForm, fields: Fields) -> Reference | None:
    wanted = form.reply_to
    if wanted is None:
        return None
    require(call.world, channel, call.me.id)
    if not in_channel(call.world, channel, call.me.id) & Permission.READ_MESSAGE_HISTORY:
        raise Refusal(Fault.HISTORY_NEEDED)
    elsewhere = wanted.channel_id not in {None, channel.id}
    elsewhere = elsewhere or wanted.guild_id not in {None, channel.guild_id}
    answered = None if elsewhere else channel.messages.get(wanted.message_id)
    if answered is not None and answered.ephemeral_for is None:
        return Reference(message_id=answered.id, channel_id=channel.id, guild_id=channel.guild_id)
    if wanted.fail_if_not_exists:
        code, said = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message"
        fields.wrong("message_reference", code, said)
    return None


def edit_message(call: Call) -> Answer:
    """Change a message of one's own."""
    channel = channel_for(call)
    message = message_for(call, channel)
    if message.author_id != call.me.id:
        raise Refusal(Fault.NOT_YOURS)
    if channel.thread is not None and channel.thread.archived:
        raise Refusal(Fault.THREAD_ARCHIVED)
    fields = call.fields()
    form = read_message(fields, call.files)
    fields.done()
    refuse_emptied(message, form)
    messages.change(call.world, channel, message, form)
    return Answer(200, shown(call, channel, message))


def delete_message(call: Call) -> Answer:
    """Delete one's own message, or with permission anyone's."""
    channel = channel_for(call)
    message = message_for(call, channel)
    if message.author_id != call.me.id:
        require(call.world, channel, call.me.id, Permission.MANAGE_MESSAGES)
    messages.delete(call.world, channel, message)
    return NO_CONTENT


def bulk_delete(call: Call) -> Answer:
    """Delete 2 to 100 messages younger than two weeks."""
    channel = channel_for(call, Permission.MANAGE_MESSAGES)
    fields = call.fields()
    ids = fields.snowflakes("messages", most=10_000, required=True) or []
    fields.done()
    if not BULK_LEAST <= len(set(ids)) <= BULK_MOST:
        raise Refusal(Fault.BULK_COUNT)
    if min(ids) < snowflake_at(call.world.now() - BULK_DAYS * 86_400):
        raise Refusal(Fault.BULK_TOO_OLD)
    messages.delete_many(call.world, channel, dict.fromkeys(ids))
    return NO_CONTENT


_ALL, _ONE = "/channels/{channel_id}/messages", "/channels/{channel_id}/messages/{message_id}"
ROUTES = tuple(
    Route(method=method, template=template, handler=handler, rule=rule, major=("channel_id",))
    for method, template, handler, rule in (
        ("GET", _ALL, list_messages, rules.READ),
        ("POST", _ALL, create_message, rules.SEND),
        ("POST", f"{_ALL}/bulk-delete", bulk_delete, rules.BULK_DELETE),
        ("GET", _ONE, get_message, rules.READ),
        ("PATCH", _ONE, edit_message, rules.EDIT),
        ("DELETE", _ONE, delete_message, rules.DELETE),
    )
)
