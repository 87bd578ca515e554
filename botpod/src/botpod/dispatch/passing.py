"""What every way out has in common that goes through another one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod.dispatch.port import EventPort


class PassingPort:
    """A :class:`botpod.dispatch.port.EventPort` that passes all on as it is; others change some of it."""

    def __init__(self, port: EventPort) -> None:
        self._port = port

    @property
    def certain(self) -> bool:
        """See :class:`botpod.replies.port.ReplyPort`."""
        return self._port.certain

    async def send(self, content: str, *, part: int = 0) -> int:
        """See :class:`botpod.replies.port.ReplyPort`."""
        return await self._port.send(content, part=part)

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
