"""Acting as a person: what one does in Discord's own client with messages."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from botpod_local.discord.control.finding import ControlError, find_message, find_place, find_user
from botpod_local.discord.errors import Refusal
from botpod_local.discord.forms.messages import CONTENT_LONGEST, MessageForm, Upload
from botpod_local.discord.payloads.channels import channel_payload
from botpod_local.discord.payloads.messages import message_payload
from botpod_local.discord.world import messages, reactions, threads
from botpod_local.discord.world.building import direct_channel
from botpod_local.discord.world.permissions import Permission, require
from botpod_local.discord.world.records import THREADS, ChannelType, MessageType, Reference
from botpod_local.discord.world.typing import typing

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Channel, User
    from botpod_local.discord.world.world import World


class People:
    """Writes, edits, deletes, reacts, types. Users and channels are named as ``finding`` explains."""

    def __init__(self, world: World) -> None:
        self._world = world

    def post(
        self,
        channel: str | int,
        author: str | int,
        content: str = "",
        *,
        reply_to: str | int | None = None,
        attachments: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Write a message; return it as Discord's REST would.

        Args:
            channel: where.
            author: who.
            content: what.
            reply_to: the message it answers.
            attachments: files: ``{"filename", "content_base64", "content_type"}``.
        """
        user, place = find_place(self._world, author, channel)
        sending = Permission.SEND_MESSAGES_IN_THREADS if place.type in THREADS else Permission.SEND_MESSAGES
        self._may(place, user, sending)
        if len(content) > CONTENT_LONGEST:
            raise ControlError(f"A message has at most {CONTENT_LONGEST} characters, not {len(content)}.")
        uploads = [_upload(a) for a in attachments or ()]
        if not content.strip() and not uploads:
            raise ControlError("A message needs content or attachments.")
        reference = None
        if reply_to is not None:
            answered = find_message(place, reply_to)
            reference = Reference(message_id=answered.id, channel_id=place.id, guild_id=place.guild_id)
        if place.type in THREADS:
            threads.wake(self._world, place)
            threads.join(self._world, place, user.id)
        draft = messages.Draft(
            author_id=user.id,
            content=content.strip(),
            type=MessageType.REPLY if reference else MessageType.DEFAULT,
            uploads=uploads,
            reference=reference,
            nonce=str(self._world.snowflakes.next()),
        )
        message = messages.write(self._world, place, draft)
        return message_payload(self._world, message, viewer_id=user.id)

    def edit(self, channel: str | int, message: str | int, author: str | int, content: str) -> dict[str, Any]:
        """Change a message of one's own."""
        user, place = find_place(self._world, author, channel)
        found = find_message(place, message)
        if found.author_id != user.id:
            raise ControlError(f"{user.username} did not write that message.")
        messages.change(self._world, place, found, MessageForm(content=content))
        return message_payload(self._world, found, viewer_id=user.id)

    def delete(self, channel: str | int, message: str | int, author: str | int) -> None:
        """Delete one's own message, or dismiss one that only oneself sees; with permission anyone's."""
        user, place = find_place(self._world, author, channel)
        found = find_message(place, message)
        if user.id not in {found.author_id, found.ephemeral_for}:
            self._may(place, user, Permission.MANAGE_MESSAGES)
        messages.delete(self._world, place, found)

    def react(self, channel: str | int, message: str | int, user: str | int, emoji: str) -> None:
        """Put a reaction under a message."""
        who, place = find_place(self._world, user, channel)
        self._may(place, who, Permission.ADD_REACTIONS)
        parsed = self._emoji(emoji)
        reactions.react(self._world, place, find_message(place, message), who.id, parsed)

    def unreact(self, channel: str | int, message: str | int, user: str | int, emoji: str) -> None:
        """Take one's reaction back."""
        who, place = find_place(self._world, user, channel)
        try:
            reactions.unreact(self._world, place, find_message(place, message), who.id, self._emoji(emoji))
        except Refusal:
            raise ControlError(f"{who.username} has not reacted with {emoji}.") from None

    def type(self, channel: str | int, user: str | int) -> None:
        """Show for ten seconds that somebody is typing."""
        who, place = find_place(self._world, user, channel)
        typing(self._world, place, who.id)

    def open_thread(
        self, channel: str | int, user: str | int, name: str, message: str | int | None = None
    ) -> dict[str, Any]:
        """Open a public thread, from a message or by itself."""
        who, place = find_place(self._world, user, channel)
        self._may(place, who, Permission.CREATE_PUBLIC_THREADS)
        if message is None:
            thread = threads.open_alone(
                self._world, place, kind=ChannelType.PUBLIC_THREAD, name=name, owner_id=who.id
            )
        else:
            found = find_message(place, message)
            thread = threads.open_from(self._world, place, found, name=name, owner_id=who.id)
        return channel_payload(self._world, thread, viewer_id=who.id)

    def open_dm(self, user: str | int, other: str | int) -> dict[str, Any]:
        """Return the direct conversation of two users, opened if there was none."""
        who = find_user(self._world, user)
        channel = direct_channel(self._world, who.id, find_user(self._world, other).id)
        return channel_payload(self._world, channel, viewer_id=who.id)

    def _may(self, channel: Channel, user: User, permission: Permission) -> None:
        try:
            require(self._world, channel, user.id, permission)
        except Refusal as refusal:
            where = f"#{channel.name}" if channel.name else "that conversation"
            raise ControlError(f"{user.username} may not do that in {where}: {refusal.message}.") from None

    @staticmethod
    def _emoji(emoji: str) -> tuple[int | None, str]:
        try:
            return reactions.parse_emoji(emoji)
        except Refusal:
            raise ControlError(f"{emoji!r} is no emoji; write the character itself.") from None


def _upload(given: dict[str, Any]) -> Upload:
    try:
        return Upload(
            filename=str(given["filename"]),
            content=base64.b64decode(given.get("content_base64", ""), validate=True),
            content_type=str(given.get("content_type", "application/octet-stream")),
        )
    except (KeyError, TypeError, ValueError):
        raise ControlError("An attachment needs filename and content_base64.") from None
