"""One connection: stands between the transport and aiohttp's protocol, and watches time and bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast, override

from botpod_credentials.listening.victim import Phase

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import StreamReader
    from aiohttp.web import RequestHandler

    from botpod_credentials.listening.bounds import Bounds
    from botpod_credentials.listening.places import Places

PIECE_BYTES = 8 * 1024
_PIECE = memoryview(bytearray(PIECE_BYTES))
"""What is read at once, of any connection: a loop would take 256 KiB of each, before anybody can say stop."""


class Connection(asyncio.BufferedProtocol):
    """Hands on to aiohttp what it may have; closes by itself whoever is too slow, or sends too much."""

    def __init__(self, make: Callable[[], RequestHandler], *, places: Places, bounds: Bounds) -> None:
        self._make = make
        self._places = places
        self._bounds = bounds
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._due: asyncio.TimerHandle | None = None
        self._body: StreamReader | None = None
        self._phase = Phase.SILENT
        self._unread = 0
        self.since = self._loop.time()
        """When it began to ask, or was answered."""
        self.handler: RequestHandler | None = None
        """None before it has said anything."""
        self.peer = ""

    @property
    def phase(self) -> Phase:
        """What it does now."""
        if self._phase is Phase.SERVED and self._body is not None and not self._body.is_eof():
            return Phase.SENDING
        return Phase.READING if self._phase is Phase.IDLE and self.waiting_bytes else self._phase

    @property
    def waiting_bytes(self) -> int:
        """How much of its answers it hasn't read, beyond what the kernel holds."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        self.peer = str(name[0]) if isinstance(name, tuple) else ""
        self._within(self._bounds.head_seconds)
        self._places.come(self)

    @override
    def connection_lost(self, exc: BaseException | None) -> None:
        self._never()
        self._transport = None
        self._places.leave(self)
        handler, self.handler, self._body = self.handler, None, None
        if handler is not None:
            handler.connection_lost(exc)

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        return _PIECE

    @override
    def buffer_updated(self, nbytes: int) -> None:
        if self._phase is Phase.SILENT:
            self._begin()
        elif self._phase is Phase.IDLE:
            self._ask()
        if self._phase is Phase.LEAVING:
            self._hear_no_more()
            return
        if self._body is None:
            self._unread += nbytes
            if self._unread > self._bounds.unread_bytes:
                self.close()
        if self.handler is not None and self._transport is not None:
            self.handler.data_received(bytes(_PIECE[:nbytes]))

    @override
    def eof_received(self) -> bool | None:
        if self.handler is not None:
            self.handler.eof_received()
        return None

    @override
    def pause_writing(self) -> None:
        if self.handler is not None:
            self.handler.pause_writing()
        self._places.weigh(self)

    @override
    def resume_writing(self) -> None:
        if self.handler is not None:
            self.handler.resume_writing()

    def serve(self, body: StreamReader | None) -> None:
        """A request's headers are there: it is handled from now on; ``body`` is what else it sends."""
        self._phase, self._body, self._unread = Phase.SERVED, body, 0
        self._never()

    def answered(self) -> None:
        """It was handled; the answer is about to be written."""
        sending = self._body is not None and not self._body.is_eof()
        self._body = None
        if sending:
            self._phase = Phase.LEAVING
            self._hear_no_more()
            self._within(self._bounds.closing_seconds + self._bounds.answer_seconds)
        elif self._unread:
            self._ask()
        else:
            self._phase, self.since = Phase.IDLE, self._loop.time()
            self._within(self._bounds.answer_seconds, unless=lambda: not self.waiting_bytes)

    def _hear_no_more(self) -> None:
        # Not closed: what it still sends would undo the refusal on its way to it.
        if self._transport is not None:
            self._transport.pause_reading()

    def close(self) -> None:
        """Close it at once, with what wasn't read."""
        self._never()
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _begin(self) -> None:
        if self._transport is None or not self._places.take(self):
            self.close()
            return
        self._phase = Phase.ASKING
        self.handler = self._make()
        self.handler.connection_made(self._transport)

    def _ask(self) -> None:
        self._phase, self.since = Phase.ASKING, self._loop.time()
        self._within(self._bounds.head_seconds)

    def _within(self, seconds: float, *, unless: Callable[[], bool] = lambda: False) -> None:
        self._never()
        self._due = self._loop.call_later(seconds, self._late, unless)

    def _never(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _late(self, unless: Callable[[], bool]) -> None:
        self._due = None
        if not unless():
            self.close()
