"""One address in front of Redis servers, as a Service is: where connections go, and how slow answers are."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from redis_server import RedisServer

CHUNK = 65_536


class RedisSwitch:
    """A connection stays where it went first; ``delay`` is called for each reply: seconds it is held back."""

    def __init__(self, target: RedisServer, *, path: Path) -> None:
        self.target = target
        self.path = path
        self.delay: Callable[[], float] = lambda: 0.0
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def _held_back(self) -> float:
        return self.delay()

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        with contextlib.suppress(OSError, asyncio.CancelledError), contextlib.closing(answers):
            server, requests = await asyncio.open_unix_connection(self.target.socket)
            with contextlib.closing(requests):
                asking = asyncio.create_task(_copy(client, requests))
                answering = asyncio.create_task(_copy(server, answers, delay=self._held_back))
                try:
                    await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    asking.cancel()
                    answering.cancel()
        self._serving.discard(serving)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[RedisSwitch]:
        listener = await asyncio.start_unix_server(self._serve, self.path)
        try:
            yield self
        finally:
            listener.close()
            for serving in self._serving:
                serving.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)


async def _copy(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, delay: Callable[[], float] | None = None
) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(CHUNK):
            if delay is not None:
                await asyncio.sleep(delay())
            sink.write(data)
