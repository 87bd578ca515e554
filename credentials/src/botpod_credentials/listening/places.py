"""The connections of one port, and which of them goes where there are too many, or too much is unread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_credentials.listening.victim import victim

if TYPE_CHECKING:
    from aiohttp.web import RequestHandler

    from botpod_credentials.listening.bounds import Bounds
    from botpod_credentials.listening.connection import Connection


class Places:
    """Holds the connections, the oldest first: those that have said something, and the silent ones."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._held: dict[Connection, None] = {}
        self._silent: dict[Connection, None] = {}

    def __len__(self) -> int:
        return len(self._held) + len(self._silent)

    def come(self, connection: Connection) -> None:
        """Know of one that has just come."""
        if len(self._silent) >= self._bounds.silent and (other := victim(self._silent)) is not None:
            del self._silent[other]
            other.close()
        self._silent[connection] = None

    def take(self, connection: Connection) -> bool:
        """Give a place to one that says something, another's if need be; False where nobody gives one."""
        self._silent.pop(connection, None)
        if len(self._held) >= self._bounds.connections:
            other = victim(self._held)
            if other is None:
                return False
            # It is gone before the loop says so.
            del self._held[other]
            other.close()
        self._held[connection] = None
        return True

    def leave(self, connection: Connection) -> None:
        """Let its place go."""
        self._held.pop(connection, None)
        self._silent.pop(connection, None)

    def of(self, handler: RequestHandler) -> Connection | None:
        """Return the connection that aiohttp knows as ``handler``."""
        return next((one for one in self._held if one.handler is handler), None)

    def weigh(self, newest: Connection) -> None:
        """Close those that let their answers lie, the oldest first, until the rest is within bounds.

        Never ``newest``, to which an answer was written just now: one page alone may be larger.
        """
        lying = {one: size for one in self._held if (size := one.waiting_bytes)}
        total = sum(lying.values())
        for one, size in lying.items():
            if total <= self._bounds.answer_bytes:
                return
            if one is not newest:
                one.close()
                total -= size
