"""The ways back: to a message in its channel, to an interaction through its token."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from time import monotonic
from typing import TYPE_CHECKING

from botpod.errors import BotpodError, Forbidden, Gone
from botpod.gateway.errors import AlreadyAnswered
from botpod.gateway.silence import Silence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod.gateway.rest import Rest, Sent

log = logging.getLogger(__name__)

TYPING_SECONDS = 8.0
"""Discord shows "typing" for ten seconds."""
TRYING_SECONDS = 1.0
"""The most that an answer waits to hear whether the bot may speak there."""
_LACKS_PERMISSIONS = 50013
_NO_REFERENCE = frozenset({50013, 160002})
"""Discord's codes for a reply where the bot may not read what was said before."""
DEFER_SECONDS = 1.5
"""An interaction that has no answer yet is deferred after this time, of the three seconds it has."""
LATEST_SECONDS = 2.2
"""From when it was made until it is deferred at the latest: the rest is for the way to Discord."""


def defer_in(age: float) -> float:
    """Return in how many seconds an interaction is deferred that was made ``age`` seconds ago.

    It may be late already: nobody heard it while its shard had no owner. Where clocks differ it seems older
    or younger than it is, and is deferred sooner, or as one that came at once.
    """
    return min(DEFER_SECONDS, max(0.0, LATEST_SECONDS - age))


def nonce(event_id: int, part: int | str) -> str:
    """Name one message of one answer, in the 25 characters that Discord takes."""
    return f"{event_id}.{part}"[:25]


class MessagePort:
    """Answers a message: the first part as a reply to it, where the bot may reply."""

    def __init__(
        self, rest: Rest, *, channel_id: int, message_id: int, silence: Silence | None = None
    ) -> None:
        self._rest = rest
        self._channel = channel_id
        self._message = message_id
        self._silence = silence or Silence(monotonic)

    @property
    def certain(self) -> bool:
        """See :class:`botpod.replies.port.ReplyPort`."""
        return self._silence.is_known(self._channel)

    async def send(self, content: str, *, part: int = 0) -> int:
        """See :class:`botpod.replies.port.ReplyPort`."""
        sent = await self._say(content, name=nonce(self._message, part), reply=not part)
        # Discord strips what it takes. Anything else was sent before, by a pod that ended in the middle.
        if sent.content.strip() != content.strip():
            await self.edit(sent.id, content)
        return sent.id

    async def _say(self, content: str, *, name: str, reply: bool) -> Sent:
        silence, channel = self._silence, self._channel
        if silence.is_silent(channel):
            raise Forbidden("The bot may not speak in this channel.", code=_LACKS_PERMISSIONS)
        try:
            if reply and silence.takes_references(channel):
                try:
                    sent = await self._rest.send(channel, content, nonce=name, reply_to=self._message)
                except Forbidden as error:
                    if error.code not in _NO_REFERENCE:
                        raise
                    # Without READ_MESSAGE_HISTORY nothing can be replied to; it may be said all the same.
                    sent = await self._rest.send(channel, content, nonce=name, reply_to=None)
                    silence.hides_history(channel)
            else:
                sent = await self._rest.send(channel, content, nonce=name, reply_to=None)
        except Forbidden:
            silence.refused(channel)
            raise
        silence.spoke(channel)
        return sent

    async def edit(self, message_id: int, content: str) -> None:
        """See :class:`botpod.replies.port.ReplyPort`."""
        await self._rest.edit(self._channel, message_id, content)

    async def delete(self, message_id: int) -> None:
        """See :class:`botpod.dispatch.port.EventPort`."""
        await self._rest.delete(self._channel, message_id)

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        """See :class:`botpod.replies.port.ReplyPort`; raises where the bot may not speak."""
        tried = asyncio.Event()
        shown = asyncio.create_task(self._type(tried))
        try:
            if not self._silence.is_known(self._channel):
                with suppress(TimeoutError):
                    async with asyncio.timeout(TRYING_SECONDS):
                        await tried.wait()
            if self._silence.is_silent(self._channel):
                raise Forbidden("The bot may not speak in this channel.", code=_LACKS_PERMISSIONS)
            yield
        finally:
            shown.cancel()
            with suppress(asyncio.CancelledError):
                await shown

    async def _type(self, tried: asyncio.Event) -> None:
        try:
            while True:
                await self._rest.typing(self._channel)
                self._silence.spoke(self._channel)
                tried.set()
                await asyncio.sleep(TYPING_SECONDS)
        except Forbidden:
            self._silence.refused(self._channel)
        except BotpodError:
            pass
        finally:
            tried.set()

    async def notice(self, content: str) -> None:
        """See :class:`botpod.dispatch.port.EventPort`."""
        await self._say(content, name=nonce(self._message, "n"), reply=True)

    async def close(self, *, leave: bool = False) -> None:
        """Nothing is left open."""


class _Stage(Enum):
    OPEN = auto()
    DEFERRED = auto()
    ANSWERED = auto()


class InteractionPort:
    """Answers a slash command or a button; defers by itself before Discord's three seconds are over.

    ``age``: for how many of its three seconds it has been waiting.
    """

    def __init__(
        self, rest: Rest, *, application_id: int, interaction_id: int, token: str, age: float
    ) -> None:
        self._rest = rest
        self._application = application_id
        self._interaction = interaction_id
        self._token = token
        self._stage = _Stage.OPEN
        self._original = interaction_id
        self._turn = asyncio.Lock()
        self._timer = asyncio.create_task(self._defer_later(defer_in(age)))

    async def _defer_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await self._defer()
        except BotpodError as error:
            log.warning("An interaction could not be deferred: %s", error)

    async def _defer(self) -> None:
        async with self._turn:
            if self._stage is _Stage.OPEN:
                with suppress(AlreadyAnswered):
                    await self._rest.defer(self._interaction, self._token)
                self._stage = _Stage.DEFERRED

    @property
    def certain(self) -> bool:
        """An interaction's own token lets its answer through, whatever the bot may do there."""
        return True

    async def send(self, content: str, *, part: int = 0) -> int:  # noqa: ARG002 - the token is the identity
        """See :class:`botpod.replies.port.ReplyPort`."""
        return await self._say(content, ephemeral=False)

    async def notice(self, content: str) -> None:
        """See :class:`botpod.dispatch.port.EventPort`.

        What follows a deferral is seen by all, as the deferral is, so that one is taken away first.
        """
        async with self._turn:
            if self._stage is _Stage.DEFERRED:
                with suppress(Gone):
                    await self._rest.delete_original(self._application, self._token)
                self._stage = _Stage.ANSWERED
        await self._say(content, ephemeral=True)

    async def _say(self, content: str, *, ephemeral: bool) -> int:
        async with self._turn:
            if self._stage is _Stage.OPEN:
                try:
                    await self._rest.respond(self._interaction, self._token, content, ephemeral=ephemeral)
                except AlreadyAnswered:
                    self._stage = _Stage.DEFERRED
                else:
                    self._stage = _Stage.ANSWERED
                    return self._original
            if self._stage is _Stage.DEFERRED:
                self._original = await self._rest.edit_original(self._application, self._token, content)
                self._stage = _Stage.ANSWERED
                return self._original
        return await self._rest.follow_up(self._application, self._token, content, ephemeral=ephemeral)

    async def edit(self, message_id: int, content: str) -> None:
        """See :class:`botpod.replies.port.ReplyPort`."""
        if message_id == self._original:
            async with self._turn:
                await self._rest.edit_original(self._application, self._token, content)
                # Where another pod gave it: it isn't to be taken away as a "thinking".
                self._stage = _Stage.ANSWERED
        else:
            await self._rest.edit_follow_up(self._application, self._token, message_id, content)

    async def delete(self, message_id: int) -> None:
        """See :class:`botpod.dispatch.port.EventPort`."""
        if message_id == self._original:
            await self._rest.delete_original(self._application, self._token)
        else:
            await self._rest.delete_follow_up(self._application, self._token, message_id)

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        """Discord shows "thinking" until the answer comes."""
        with suppress(BotpodError):
            await self._defer()
        yield

    async def close(self, *, leave: bool = False) -> None:
        """Stop the clock; take away a "thinking" that nothing followed, and that nobody goes on with."""
        self._timer.cancel()
        with suppress(asyncio.CancelledError):
            await self._timer
        if self._stage is _Stage.DEFERRED and not leave:
            await self._rest.delete_original(self._application, self._token)
