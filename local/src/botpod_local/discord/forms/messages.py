"""A message's body, of whatever route: new, edited, answer to an interaction, follow-up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.forms.components import read_message_components
from botpod_local.discord.forms.embeds import read_embeds
from botpod_local.discord.world.mentions import Allowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_local.discord.forms.fields import Fields
    from botpod_local.discord.world.records import Json, Message

CONTENT_LONGEST = 2000
NONCE_LONGEST = 25
MOST_FILES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with a request."""

    filename: str
    content: bytes
    content_type: str
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """What a body says it answers."""

    message_id: int
    channel_id: int | None
    guild_id: int | None
    fail_if_not_exists: bool


@dataclass(slots=True, kw_only=True)
class MessageForm:
    """What a body says; None where it says nothing (an edit then leaves that as it was)."""

    content: str | None = None
    embeds: list[Json] | None = None
    components: list[Json] | None = None
    flags: int | None = None
    tts: bool = False
    nonce: str | int | None = None
    enforce_nonce: bool = False
    allowed: Allowed = field(default_factory=Allowed)
    reply_to: ReplyTo | None = None
    uploads: list[Upload] = field(default_factory=list)
    kept_files: list[int] | None = None

    @property
    def empty(self) -> bool:
        """Whether there would be nothing to see."""
        said = bool(self.content and self.content.strip())
        return not (said or self.embeds or self.components or self.uploads)


def read_message(fields: Fields, files: Mapping[int, Upload]) -> MessageForm:
    """Return what a body says, with mistakes noted in ``fields`` (call ``done`` on it afterwards).

    Args:
        fields: the body.
        files: the request's uploads by the number in ``files[n]``.
    """
    form = MessageForm(
        content=fields.text("content", longest=CONTENT_LONGEST),
        embeds=read_embeds(fields),
        components=read_message_components(fields),
        flags=fields.integer("flags", least=0),
        tts=bool(fields.flag("tts")),
        nonce=_nonce(fields),
        enforce_nonce=bool(fields.flag("enforce_nonce")),
        allowed=_allowed(fields),
        reply_to=_reply_to(fields),
    )
    form.uploads, form.kept_files = _files(fields, files)
    return form


def refuse_empty(form: MessageForm) -> None:
    """Refuse a new message that shows nothing."""
    if form.empty:
        raise Refusal(Fault.EMPTY_MESSAGE)


def refuse_emptied(message: Message, form: MessageForm) -> None:
    """Refuse an edit that would leave nothing of a message."""
    after = MessageForm(
        content=message.content if form.content is None else form.content,
        embeds=message.embeds if form.embeds is None else form.embeds,
        components=message.components if form.components is None else form.components,
        uploads=form.uploads,
    )
    files_stay = any(form.kept_files is None or a.id in form.kept_files for a in message.attachments)
    if after.empty and not files_stay:
        raise Refusal(Fault.EMPTY_MESSAGE)


def _nonce(fields: Fields) -> str | int | None:
    value = fields.body.get("nonce")
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str):
        fields.wrong("nonce", "NONCE_TYPE_TOO_LONG", "The nonce must be an integer or a string.")
    elif len(value) > NONCE_LONGEST:
        said = f"Must be {NONCE_LONGEST} or fewer in length."
        fields.wrong("nonce", "BASE_TYPE_MAX_LENGTH", said)
    return str(value)


def _allowed(fields: Fields) -> Allowed:
    child = fields.child("allowed_mentions")
    if child is None:
        return Allowed()
    parse = child.strings("parse", most=3) or []
    for index, kind in enumerate(parse):
        if kind not in {"roles", "users", "everyone"}:
            said = "Value must be one of ('roles', 'users', 'everyone')."
            child.wrong("parse", "BASE_TYPE_CHOICES", f"{index}: {said}")
    users = child.snowflakes("users", most=100)
    roles = child.snowflakes("roles", most=100)
    if users and "users" in parse:
        said = 'parse:["users"] and users: [ids...] are mutually exclusive.'
        child.wrong(None, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", said)
    return Allowed(
        users=None if "users" in parse else frozenset(users or ()),
        roles=None if "roles" in parse else frozenset(roles or ()),
        everyone="everyone" in parse,
        replied_user=bool(child.flag("replied_user")),
    )


def _reply_to(fields: Fields) -> ReplyTo | None:
    child = fields.child("message_reference")
    if child is None:
        return None
    message_id = child.snowflake("message_id", required=True)
    channel_id, guild_id = child.snowflake("channel_id"), child.snowflake("guild_id")
    fail = child.flag("fail_if_not_exists")
    if child.choice("type", (0, 1)) == 1:
        said = "Cannot forward a message here"
        child.wrong(None, "MESSAGE_REFERENCE_FORWARD_UNSUPPORTED", said)
    if message_id is None:
        return None
    return ReplyTo(
        message_id=message_id,
        channel_id=channel_id,
        guild_id=guild_id,
        fail_if_not_exists=fail is not False,
    )


def _files(fields: Fields, files: Mapping[int, Upload]) -> tuple[list[Upload], list[int] | None]:
    if len(files) > MOST_FILES:
        fields.wrong("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_FILES} or fewer in length.")
    if not fields.has("attachments"):
        return [files[n] for n in sorted(files)], None
    uploads, kept, named = [], [], set()
    for each in fields.each("attachments", most=MOST_FILES):
        number = each.snowflake("id", required=True)
        if number is None:
            continue
        if number in files:
            file = files[number]
            named.add(number)
            uploads.append(
                Upload(
                    filename=each.text("filename", shortest=1, longest=1024) or file.filename,
                    content=file.content,
                    content_type=file.content_type,
                    description=each.text("description", longest=1024),
                )
            )
        else:
            kept.append(number)
    uploads += [files[n] for n in sorted(files) if n not in named]
    return uploads, kept
