"""Shows an answer while it is written: first words soon, then edits, over as many messages as needed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from botpod.errors import BotpodError
from botpod.replies.delivery import Delivery
from botpod.replies.fences import to_close
from botpod.replies.incoming import Incoming
from botpod.replies.page import Page
from botpod.replies.port import CONTENT_LIMIT
from botpod.replies.split import split
from botpod.replies.typing import shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from botpod.replies.clock import Clock
    from botpod.replies.port import ReplyPort


BROKEN_OFF = "\n\n-# The answer broke off here, because something failed. Please ask again."
TOO_LONG = "\n\n-# The answer is cut here, because it is too long for this chat."

_INTERVAL = 1.0
_GATHER = 0.15
"""How long the first words wait for company."""
_MOST_MESSAGES = 10
_LAST_WORDS = 3.0
"""How long a cancelled answer may still take to show what it has."""


class StreamedReply:
    """Implements :class:`botpod.skills.protocol.Reply` over a port; times in seconds.

    One message is edited at most once a second. Parts are numbered over all calls, so that answering
    the same event again in the same way makes no second message. While it isn't ``gradual``, what isn't whole
    isn't shown.
    """

    def __init__(
        self,
        port: ReplyPort,
        *,
        clock: Clock,
        most_messages: int = _MOST_MESSAGES,
        gradual: Callable[[], bool] = lambda: True,
        shows_typing: Callable[[], bool] = lambda: True,
    ) -> None:
        self._port = port
        self._gradual = gradual
        self._shows_typing = shows_typing
        self._clock = clock
        self._most = most_messages * CONTENT_LIMIT
        self._delivery = Delivery(port, clock=clock)

    @property
    def said(self) -> bool:
        """Whether anything has been sent."""
        return self._delivery.parts > 0

    def typing(self) -> AbstractAsyncContextManager[None]:
        """Show that an answer is being written, once it takes a while.

        Entering it raises :class:`botpod.errors.Forbidden` where that found out that nothing may be said.
        """
        return shown(self._port, clock=self._clock, wanted=self._shows_typing)

    async def send(self, text: str) -> None:
        """Send ``text`` whole, as many messages as it needs; nothing when it is blank."""
        for message in split(text):
            await self._delivery.send(message)

    async def stream(self, chunks: AsyncIterator[str]) -> str:
        """Show ``chunks`` as they come; return the whole text.

        When ``chunks`` raise after something was said, that stays, :data:`BROKEN_OFF` is added, and the error
        is raised again.
        """
        incoming = Incoming(chunks, most=self._most)
        page = Page(self._delivery, clock=self._clock, interval=_INTERVAL)
        reader: asyncio.Task[None] | None = None
        try:
            async with self.typing():
                # Not before it is known that it can be said: it is paid for.
                reader = asyncio.create_task(incoming.read())
                await incoming.something()
                await self._gather(incoming)
                while not incoming.ended and not self._gradual():
                    await incoming.news()
            while not incoming.ended:
                if self._gradual():
                    await page.show(incoming.text)
                await incoming.news()
                await page.turn()
            await page.turn()
            await page.show(_whole(incoming), last=True)
        except asyncio.CancelledError:
            with suppress(BotpodError, TimeoutError):
                async with asyncio.timeout(_LAST_WORDS):
                    await page.show(_with(incoming.text, BROKEN_OFF), last=True)
            raise
        finally:
            if reader is not None:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
        if incoming.error is not None:
            raise incoming.error
        return incoming.text

    async def _gather(self, incoming: Incoming) -> None:
        """Wait for what comes right behind the first words; an answer that is whole by then is sent once."""
        waits = [asyncio.ensure_future(one) for one in (incoming.end(), self._clock.sleep(_GATHER))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)


def _whole(incoming: Incoming) -> str:
    if incoming.error is not None:
        return _with(incoming.text, BROKEN_OFF)
    return _with(incoming.text, TOO_LONG) if incoming.too_long else incoming.text


def _with(text: str, ending: str) -> str:
    return text + to_close(text) + ending if text.strip() else ""
