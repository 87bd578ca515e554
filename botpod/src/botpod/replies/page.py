"""The message that is being written: where in the text it begins, and when it may be edited again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.replies.port import CONTENT_LIMIT
from botpod.replies.split import LOOK_AHEAD, Opened, first, ready

if TYPE_CHECKING:
    from botpod.replies.clock import Clock
    from botpod.replies.delivery import Delivery


class Page:
    """Shows a growing text; what fills a message is cut off for good and goes on in the next one."""

    def __init__(self, delivery: Delivery, *, clock: Clock, interval: float) -> None:
        self._delivery = delivery
        self._clock = clock
        self._interval = interval
        self._start = 0
        self._opened = Opened()
        self._message: int | None = None
        self._shown = ""
        self._written_at = float("-inf")

    async def turn(self) -> None:
        """Wait until the message may be edited again."""
        wait = self._written_at + self._interval - self._clock.now()
        if wait > 0:
            await self._clock.sleep(wait)

    async def show(self, text: str, *, last: bool = False) -> None:
        """Bring what is shown up to ``text``, all of which was there before but its end."""
        text = ready(text, ended=last)
        while rest := text[self._start :]:
            piece = first(rest, opened=self._opened)
            full = piece.size < len(rest) and (last or len(rest) > CONTENT_LIMIT + LOOK_AHEAD)
            await self._put(piece.text, blank=not rest[: piece.size].strip(), must=full or last)
            if not full:
                return
            self._start += piece.size
            self._opened = piece.opened
            self._message, self._shown, self._written_at = None, "", float("-inf")

    async def _put(self, message: str, *, blank: bool, must: bool) -> None:
        if blank or message == self._shown:
            return
        if self._message is None:
            self._message = await self._delivery.send(message)
        elif not await self._delivery.edit(self._message, message, must=must):
            return
        self._shown = message
        self._written_at = self._clock.now()
