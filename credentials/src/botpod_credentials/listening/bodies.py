"""The bodies that are being read: each has its own bound and deadline, and all of them have one together."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(eq=False, slots=True)
class _Body:
    request: web.Request
    pieces: list[bytes] = field(default_factory=list)
    """Of about the same size each: what is let go fits what comes next, and the heap doesn't fray."""
    size: int = 0
    dropped: bool = False


class Bodies:
    """Reads bodies; ``most_bytes`` of all of them, ``seconds`` for each."""

    def __init__(self, *, most_bytes: int, seconds: float) -> None:
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._read: dict[_Body, None] = {}
        self._bytes = 0

    async def read(self, request: web.Request, *, most: int) -> bytes:
        """Return a request's body as it was sent, of ``most`` bytes.

        Raises:
            HTTPException: It is too large, too late, or ends before its time.
        """
        if (request.content_length or 0) > most:
            raise web.HTTPRequestEntityTooLarge(most, request.content_length or 0)
        with self._one(request) as body:
            try:
                async with asyncio.timeout(self._seconds):
                    async for piece in request.content.iter_any():
                        self._add(body, piece, most=most)
            except TimeoutError:
                raise web.HTTPRequestTimeout from None
            except web.HTTPException:
                raise
            except Exception as error:  # noqa: BLE001 - whatever aiohttp calls it: this peer hasn't sent all of it
                # aiohttp keeps it with the body, and it the frames that it came through: a circle.
                error.__traceback__ = None
                if body.dropped:
                    raise web.HTTPServiceUnavailable(text="Too much is being sent at once.") from None
                raise web.HTTPBadRequest(text="The body ends before its time.") from None
            return b"".join(body.pieces)

    @contextlib.contextmanager
    def _one(self, request: web.Request) -> Iterator[_Body]:
        body = _Body(request)
        self._read[body] = None
        try:
            yield body
        finally:
            self._let_go(body)

    def _add(self, body: _Body, piece: bytes, *, most: int) -> None:
        if body.dropped:
            raise ConnectionAbortedError
        body.pieces.append(piece)
        body.size += len(piece)
        self._bytes += len(piece)
        if body.size > most:
            raise web.HTTPRequestEntityTooLarge(most, body.size)
        if self._bytes <= self._most_bytes:
            return
        # The largest: what Discord sends is small, and read before others have sent that much.
        largest = max(self._read, key=lambda one: one.size)
        largest.dropped = True
        self._let_go(largest)
        if largest is body:
            raise ConnectionAbortedError
        if largest.request.transport is not None:
            largest.request.transport.abort()

    def _let_go(self, body: _Body) -> None:
        if body in self._read:
            del self._read[body]
            self._bytes -= body.size
            body.pieces.clear()
