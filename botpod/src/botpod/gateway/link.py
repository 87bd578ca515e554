"""One connection to the gateway while it is read, and what it was begun with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from botpod.gateway.client import BotClient
    from botpod.gateway.socket import Ended, Socket


class Link:
    """``reading`` reads ``socket`` to its end; that begins at once, with the client's token and intents.

    ``stale``: it resumes a session that was begun with another token.
    """

    def __init__(
        self, client: BotClient, socket: Socket, reading: Coroutine[None, None, Ended], *, stale: bool
    ) -> None:
        # As they are now: they may be others before this connection ends.
        self.token, self.privileged = client.token, client.privileged
        self.stale = stale
        self.serves = asyncio.Event()
        """Set once Discord says that the session is there."""
        self._socket = socket
        self._reading = asyncio.create_task(reading)

    @property
    def ended(self) -> Ended | None:
        """How it ended; None while it lasts."""
        return self._reading.result() if self._reading.done() else None

    async def meanwhile[T](self, work: Coroutine[None, None, T]) -> T | None:
        """Return what ``work`` returns; None if this ends before."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, self._reading}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            task.cancel()

    async def close(self, *, over: bool = False) -> None:
        """End it and wait until it is closed; ``over``: its session isn't to be resumed."""
        self._socket.over = over
        self._reading.cancel()
        await asyncio.wait({self._reading})
