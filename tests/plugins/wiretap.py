"""Somebody between a client and a server, who passes everything on and keeps what went by."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

CHUNK = 65_536

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Tap:
    """Listens at ``host`` and ``port`` in the server's place."""

    host: str
    port: int = 0
    said: bytearray = field(default_factory=bytearray)
    """What the clients said."""
    answered: bytearray = field(default_factory=bytearray)
    """What the server said."""

    @property
    def heard(self) -> bytes:
        """All of it."""
        return bytes(self.said + self.answered)


@asynccontextmanager
async def tapped(connect: Callable[[], Awaitable[Streams]], *, host: str) -> AsyncIterator[Tap]:
    """Pass on what comes in at a port of ``host``, through ``connect``, until the block ends."""
    tap, serving = Tap(host), set[asyncio.Task[None]]()

    async def serve(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, requests = await connect()
        ends = (answers, requests)
        copies = [
            asyncio.create_task(_copy(client, requests, tap.said)),
            asyncio.create_task(_copy(server, answers, tap.answered)),
        ]
        serving.update(copies)
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.close()
        await asyncio.wait(copies)
        serving.difference_update(copies)
        for end in ends:
            with contextlib.suppress(OSError):
                await end.wait_closed()

    listener = await asyncio.start_server(serve, host, 0)
    tap.port = listener.sockets[0].getsockname()[1]
    try:
        yield tap
    finally:
        listener.close()
        for copy in tuple(serving):
            copy.cancel()
        await listener.wait_closed()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter, kept: bytearray) -> None:
    with contextlib.suppress(OSError, asyncio.CancelledError):
        while data := await source.read(CHUNK):
            kept += data
            sink.write(data)
            await sink.drain()
