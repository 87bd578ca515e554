"""Text that comes in pieces, read by a task of its own so that a slow Discord never holds up the model."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Incoming:
    """Collects ``chunks`` until they end, fail, or are more than ``most`` characters."""

    def __init__(self, chunks: AsyncIterator[str], *, most: int) -> None:
        self.text = ""
        self.ended = False
        self.too_long = False
        self.error: Exception | None = None
        self._chunks = chunks
        self._most = most
        self._news = asyncio.Event()
        self._end = asyncio.Event()

    async def read(self) -> None:
        """Read all of it; errors are kept in ``error``, not raised."""
        try:
            async with AsyncExitStack() as stack:
                close = getattr(self._chunks, "aclose", None)
                if close is not None:
                    stack.push_async_callback(close)
                async for chunk in self._chunks:
                    self.text += chunk
                    if len(self.text) > self._most:
                        self.text, self.too_long = self.text[: self._most], True
                        break
                    self._news.set()
        except Exception as error:  # noqa: BLE001 - raised again by whoever shows the text
            self.error = error
        finally:
            self.ended = True
            self._end.set()
            self._news.set()

    async def news(self) -> None:
        """Wait until there is more text or none will come."""
        if not self.ended:
            await self._news.wait()
        self._news.clear()

    async def end(self) -> None:
        """Wait until no more will come."""
        await self._end.wait()

    async def something(self) -> None:
        """Wait until there is something to see or none will come."""
        while not self.ended and not self.text.strip():
            await self.news()
        if not self.ended:
            self._news.set()
