"""An answer's way out that goes on where another pod ended, in the same messages."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from botpod.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from botpod.dispatch.port import EventPort
    from botpod.inbox.port import Ledger


class ContinuedPort:
    """A :class:`botpod.dispatch.port.EventPort` that remembers in the ledger which message each part is.

    ``said`` are those of who began the answer: part → message.
    """

    def __init__(self, port: EventPort, *, event: str, ledger: Ledger, said: Mapping[int, int]) -> None:
        self._port = port
        self._event = event
        self._ledger = ledger
        self._said = said
        self._parts = 0

    @property
    def begun(self) -> bool:
        """Whether something of the answer was there before."""
        return bool(self._said)

    async def send(self, content: str, *, part: int = 0) -> int:
        """See :class:`botpod.replies.port.ReplyPort`."""
        self._parts = max(self._parts, part + 1)
        before = self._said.get(part)
        if before is not None and await self._replaced(before, content):
            return before
        message = await self._port.send(content, part=part)
        await self._ledger.note(self._event, part, message)
        return message

    async def _replaced(self, message: int, content: str) -> bool:
        try:
            await self._port.edit(message, content)
        except Rejected:
            # Somebody deleted it meanwhile.
            return False
        return True

    async def finish(self) -> None:
        """Take away what is left of a longer answer; where nothing was said all of it stays."""
        surplus = [message for part, message in self._said.items() if 0 < self._parts <= part]
        for message in surplus:
            await self._port.delete(message)

    async def edit(self, message_id: int, content: str) -> None:
        """See :class:`botpod.replies.port.ReplyPort`."""
        await self._port.edit(message_id, content)

    async def delete(self, message_id: int) -> None:
        """See :class:`botpod.dispatch.port.EventPort`."""
        await self._port.delete(message_id)

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        """See :class:`botpod.replies.port.ReplyPort`."""
        async with self._port.typing():
            yield

    async def notice(self, content: str) -> None:
        """See :class:`botpod.dispatch.port.EventPort`."""
        await self._port.notice(content)

    async def close(self, *, leave: bool = False) -> None:
        """See :class:`botpod.dispatch.port.EventPort`."""
        await self._port.close(leave=leave)
