"""Sends and edits through the port, with patience for trouble that passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from botpod.replies.clock import Clock
    from botpod.replies.port import ReplyPort

_TRIES = 3
_WAIT = 1.0
_LONGEST_WAIT = 15.0


class Delivery:
    """Numbers the messages of one answer, so that sending the same answer again makes no second one."""

    def __init__(self, port: ReplyPort, *, clock: Clock) -> None:
        self._port = port
        self._clock = clock
        self.parts = 0

    async def send(self, message: str) -> int:
        """Send the next message and return its id."""
        identifier = await self._patiently(lambda: self._port.send(message, part=self.parts), tries=_TRIES)
        self.parts += 1
        return identifier

    async def edit(self, identifier: int, message: str, *, must: bool) -> bool:
        """Edit a message; return whether it was done, which a later edit makes good where it need not be."""
        try:
            await self._patiently(lambda: self._port.edit(identifier, message), tries=_TRIES if must else 1)
        except Transient:
            if must:
                raise
            return False
        return True

    async def _patiently[T](self, call: Callable[[], Awaitable[T]], *, tries: int) -> T:
        for number in range(1, tries):
            try:
                return await call()
            except Transient as error:
                wait = max(error.retry_after or 0.0, _WAIT * number)
                if wait > _LONGEST_WAIT:
                    raise
                await self._clock.sleep(wait)
        return await call()
