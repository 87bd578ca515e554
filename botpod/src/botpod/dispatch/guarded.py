"""An answer's way out, closed once the event is another pod's."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from botpod.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod.dispatch.port import EventPort
    from botpod.inbox.port import Ledger


class NotOurs(Rejected):
    """Another pod answers the event: it believed that this one was dead."""


class GuardedPort:
    """A :class:`botpod.dispatch.port.EventPort`; ``lost`` once another pod has the event.

    A process that was frozen wakes up in the middle of an answer that somebody else has finished. Whatever a
    skill makes of the refusal, nothing more of it leaves.
    """

    def __init__(self, port: EventPort, *, event: str, ledger: Ledger) -> None:
        self._port = port
        self._event = event
        self._ledger = ledger
        self.lost = False

    async def _still_ours(self) -> None:
        self.lost = self.lost or not await self._ledger.holds(self._event)
        if self.lost:
            raise NotOurs("Another pod answers this event.")

    async def send(self, content: str, *, part: int = 0) -> int:
        """See :class:`botpod.replies.port.ReplyPort`."""
        await self._still_ours()
        return await self._port.send(content, part=part)

    async def edit(self, message_id: int, content: str) -> None:
        """See :class:`botpod.replies.port.ReplyPort`."""
        await self._still_ours()
        await self._port.edit(message_id, content)

    async def delete(self, message_id: int) -> None:
        """See :class:`botpod.dispatch.port.EventPort`."""
        await self._still_ours()
        await self._port.delete(message_id)

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        """See :class:`botpod.replies.port.ReplyPort`."""
        async with self._port.typing():
            yield

    async def notice(self, content: str) -> None:
        """See :class:`botpod.dispatch.port.EventPort`."""
        await self._still_ours()
        await self._port.notice(content)

    async def close(self, *, leave: bool = False) -> None:
        """See :class:`botpod.dispatch.port.EventPort`."""
        await self._port.close(leave=leave or self.lost)
