"""Messages: written, changed, deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from botpod_local.discord.payloads.messages import gateway_message_payload
from botpod_local.discord.world.happening import Audience
from botpod_local.discord.world.mentions import Allowed, find_mentions
from botpod_local.discord.world.records import Attachment, Message, MessageFlag, MessageType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from botpod_local.discord.forms.messages import MessageForm, Upload
    from botpod_local.discord.world.records import Channel, Json, Origin, Reference
    from botpod_local.discord.world.world import World

NONCE_SECONDS = 300.0
"""How long an enforced nonce is remembered; Discord says "a few minutes"."""

SENDER_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS
"""What whoever writes a message may set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message about to be written."""

    author_id: int
    content: str = ""
    type: int = MessageType.DEFAULT
    flags: int = 0
    tts: bool = False
    embeds: Sequence[Json] = ()
    components: Sequence[Json] = ()
    uploads: Sequence[Upload] = ()
    allowed: Allowed = field(default_factory=Allowed)
    nonce: str | int | None = None
    enforce_nonce: bool = False
    reference: Reference | None = None
    application_id: int | None = None
    origin: Origin | None = None
    ephemeral_for: int | None = None


def filled(draft: Draft, form: MessageForm, *, flags: int) -> Draft:
    """Return ``draft`` with what ``form`` shows, and those of its flags that are among ``flags``."""
    return replace(
        draft,
        content=(form.content or "").strip(),
        flags=(form.flags or 0) & flags,
        tts=form.tts,
        embeds=form.embeds or (),
        components=form.components or (),
        uploads=form.uploads,
        allowed=form.allowed,
    )


def write(world: World, channel: Channel, draft: Draft) -> Message:
    """Write a message and tell everyone; with an enforced nonce seen lately, return what it made then."""
    now = world.now()
    key = (draft.author_id, str(draft.nonce))
    if draft.enforce_nonce and draft.nonce is not None:
        then, message = world.nonces.get(key, (0.0, None))
        if message is not None and now - then < NONCE_SECONDS:
            return message
    mentions = find_mentions(draft.content, draft.allowed, replied_user=_answered(world, draft))
    message = Message(
        id=world.snowflakes.next(),
        channel_id=channel.id,
        author_id=draft.author_id,
        created=now,
        content=draft.content,
        type=draft.type,
        flags=draft.flags,
        tts=draft.tts,
        embeds=list(draft.embeds),
        components=list(draft.components),
        attachments=store_files(world, draft.uploads),
        mentions=mentions.users,
        mention_roles=mentions.roles,
        mention_everyone=mentions.everyone,
        nonce=draft.nonce,
        reference=draft.reference,
        application_id=draft.application_id,
        origin=draft.origin,
        ephemeral_for=draft.ephemeral_for,
    )
    if draft.nonce is not None:
        _remember(world, key, now, message)
    put(world, channel, message)
    return message


def put(world: World, channel: Channel, message: Message) -> None:
    """Place a finished message in its channel and tell everyone who may see it."""
    channel.messages[message.id] = message
    channel.last_message_id = message.id
    if channel.thread is not None:
        channel.thread.total_sent += 1
    while len(channel.messages) > world.history:
        forget(world, channel, next(iter(channel.messages)))
    announce(world, channel, message, "MESSAGE_CREATE")


def change(
    world: World, channel: Channel, message: Message, form: MessageForm, *, counts: bool = True
) -> None:
    """Change what ``form`` names and tell everyone; ``counts`` decides whether it is marked as edited."""
    if form.content is not None:
        message.content = form.content
        found = find_mentions(form.content, form.allowed)
        message.mentions, message.mention_roles = found.users, found.roles
        message.mention_everyone = found.everyone
    if form.embeds is not None:
        message.embeds = form.embeds
    if form.components is not None:
        message.components = form.components
    if form.flags is not None:
        changeable = MessageFlag.SUPPRESS_EMBEDS
        message.flags = message.flags & ~changeable | form.flags & changeable
    if form.kept_files is not None:
        drop_files(world, (a for a in message.attachments if a.id not in form.kept_files))
        message.attachments = [a for a in message.attachments if a.id in form.kept_files]
    message.attachments += store_files(world, form.uploads)
    if counts:
        message.edited = world.now()
    announce(world, channel, message, "MESSAGE_UPDATE")


def delete(world: World, channel: Channel, message: Message) -> None:
    """Take a message away and tell everyone."""
    forget(world, channel, message.id)
    data = {"id": str(message.id), "channel_id": str(channel.id)}
    _tell(world, channel, message, "MESSAGE_DELETE", data)


def delete_many(world: World, channel: Channel, message_ids: Iterable[int]) -> None:
    """Take messages away at once; unknown ids are ignored, as Discord does."""
    gone = [i for i in message_ids if i in channel.messages]
    for message_id in gone:
        forget(world, channel, message_id)
    data = {"ids": [str(i) for i in gone], "channel_id": str(channel.id)}
    world.tell(channel, "MESSAGE_DELETE_BULK", data)


def forget(world: World, channel: Channel, message_id: int) -> None:
    """Drop a message and its files without a word."""
    drop_files(world, channel.messages.pop(message_id).attachments)


def announce(world: World, channel: Channel, message: Message, name: str) -> None:
    """Tell those who may see ``message`` that ``name`` happened to it."""
    data = gateway_message_payload(world, message, channel.guild_id)
    _tell(world, channel, message, name, data)


def store_files(world: World, uploads: Iterable[Upload]) -> list[Attachment]:
    """Keep uploads under ids of their own."""
    stored = [
        Attachment(
            id=world.snowflakes.next(),
            filename=_tame(u.filename),
            content=u.content,
            content_type=u.content_type,
            description=u.description,
        )
        for u in uploads
    ]
    world.files.update({a.id: a for a in stored})
    return stored


def drop_files(world: World, attachments: Iterable[Attachment]) -> None:
    """Serve these files no more."""
    for attachment in attachments:
        world.files.pop(attachment.id, None)


def _tame(filename: str) -> str:
    """Return a file name as Discord stores it: nothing that would need quoting in a URL."""
    return re.sub(r"[^\w.-]", "_", filename.strip(), flags=re.ASCII) or "file"


def _tell(world: World, channel: Channel, message: Message, name: str, data: Json) -> None:
    audience = Audience.EVERYONE if message.ephemeral_for is None else Audience.PEOPLE
    world.tell(channel, name, data, user_id=message.ephemeral_for, audience=audience)


def _answered(world: World, draft: Draft) -> int | None:
    if draft.reference is None or draft.type != MessageType.REPLY:
        return None
    channel = world.channels.get(draft.reference.channel_id)
    answered = channel.messages.get(draft.reference.message_id) if channel else None
    return answered.author_id if answered else None


def _remember(world: World, key: tuple[int, str], now: float, message: Message) -> None:
    world.nonces[key] = (now, message)
    # Dicts keep their order, so the oldest stand in front.
    while world.nonces:
        oldest = next(iter(world.nonces))
        if now - world.nonces[oldest][0] < NONCE_SECONDS:
            break
        del world.nonces[oldest]
