"""Gives on what arrives within a moment together, so that what follows has less to do.

A vendor sends an event for each word, and each costs whoever reads it 0.2 ms; people see an answer change
once a second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

SECONDS = 0.025
"""How long an event waits for company."""
_FULL = 64 * 1024
"""Bytes that wait at most; the server is read no further until they are taken."""


class Gathered:
    """Reads ``events`` in a task of its own, from the first group that is asked for until :meth:`close`."""

    def __init__(self, events: AsyncIterator[bytes], *, seconds: float = SECONDS) -> None:
        self._events = events
        self._seconds = seconds
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = asyncio.Event()
        self._error: Exception | None = None
        self._task: asyncio.Task[None] | None = None

    async def groups(self) -> AsyncIterator[Sequence[bytes]]:
        """Yield what came since the last time; raises what reading raised, behind all that came before."""
        self._task = asyncio.create_task(self._read())
        while True:
            await self._news.wait()
            if not self._ended.is_set() and self._size < _FULL:
                await asyncio.wait({self._task}, timeout=self._seconds)
            group = tuple(self._waiting)
            self._waiting.clear()
            self._size = 0
            self._room.set()
            ended = self._ended.is_set()
            if not ended:
                self._news.clear()
            if group:
                yield group
            if ended:
                break
        if self._error is not None:
            raise self._error

    async def _read(self) -> None:
        try:
            async for event in self._events:
                self._waiting.append(event)
                self._size += len(event)
                self._news.set()
                if self._size >= _FULL:
                    self._room.clear()
                    await self._room.wait()
        except Exception as error:  # noqa: BLE001 - raised again by whoever takes the groups
            self._error = error
        finally:
            self._ended.set()
            self._news.set()

    async def close(self) -> None:
        """Read no further."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
