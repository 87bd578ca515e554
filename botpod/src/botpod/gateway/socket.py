"""Opening and closing one gateway connection on nextcord's websocket."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, override

import aiohttp
from nextcord.errors import ConnectionClosed
from nextcord.gateway import DiscordWebSocket, ReconnectWebSocket

from botpod.gateway.http import MAX_PAYLOAD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botpod.gateway.client import BotClient
    from botpod.inbox.watermark import Watermark
    from botpod.state.port import Session

OPEN_SECONDS = 30.0
CLOSE_SECONDS = 3.0
_END = b"\x00\x00\xff\xff"
RESUMABLE, OVER = 4000, 1000
"""Close codes: one that leaves the session alive, as all but 1000 and 1001 do, and one that ends it."""


class TooLarge(ConnectionError):
    """An event is larger than any of Discord's."""


class _Websocket(DiscordWebSocket):
    """Tells Discord, in heartbeats and when resuming, of the last event that is safe."""

    watermark: Watermark | None = None

    @property
    def sequence(self) -> int | None:
        return (self.watermark.safe or None) if self.watermark else None

    @sequence.setter
    def sequence(self, received: int | None) -> None:
        if self.watermark is not None and received is not None:
            self.watermark.arrive(received)

    @override
    async def received_message(self, msg: str | bytes, /) -> None:
        if isinstance(msg, bytes):
            self._buffer.extend(msg)
            if len(self._buffer) > MAX_PAYLOAD:
                raise TooLarge
            if not self._buffer.endswith(_END):
                return
            plain = self._zlib.decompress(self._buffer, MAX_PAYLOAD)
            if self._zlib.unconsumed_tail:
                raise TooLarge
            self._buffer = bytearray()
            msg = plain.decode("utf-8")
        await super().received_message(msg)


type Parsers = Mapping[str, Callable[[Any], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a connection ended: its close code, None when it was cut, and whether op 9 ended the session."""

    code: int | None
    invalidated: bool
    detail: str


class Socket:
    """One connection, from opening to closing; not reusable."""

    def __init__(self, client: BotClient, *, shard: int, parsers: Parsers, watermark: Watermark) -> None:
        self._client = client
        self._shard = shard
        self._parsers = parsers
        self._watermark = watermark
        self._ws: _Websocket | None = None
        self.over = False
        """Whether the session is to end with the connection."""

    def _create(self, socket: aiohttp.ClientWebSocketResponse, *, loop: asyncio.AbstractEventLoop) -> Any:
        # Kept from the first moment: nextcord forgets it, and its heartbeat, if the opening fails midway.
        self._ws = _Websocket(socket, loop=loop)
        self._ws.watermark = self._watermark
        return self._ws

    @property
    def latency(self) -> float:
        """Seconds that the last heartbeat took there and back; not finite before there was one."""
        return inf if self._ws is None else self._ws.latency

    async def run(self, url: str, session: Session | None) -> Ended:
        """Connect to ``url``, resume ``session`` or identify, and read until the end; always closes."""
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                ws = await DiscordWebSocket.from_client.__func__(  # type: ignore[attr-defined]
                    self._create,
                    self._client,
                    gateway=url,
                    format_gateway=True,
                    shard_id=self._shard,
                    session=session.id if session else None,
                    sequence=session.sequence if session else None,
                    resume=session is not None,
                )
            ws._discord_parsers = self._parsers  # noqa: SLF001 - READY can't have been read yet
            while True:
                await ws.poll_event()
                self._watermark.read()
        except ReconnectWebSocket as end:
            return self._ended(str(end.op), invalidated=not end.resume)
        except ConnectionClosed as end:
            return self._ended(str(end))
        except (TimeoutError, OSError, aiohttp.ClientError) as end:
            return self._ended(f"{type(end).__name__}: {end}")
        finally:
            await self.close()

    def _ended(self, detail: str, *, invalidated: bool = False) -> Ended:
        code = self._ws.socket.close_code if self._ws else None
        return Ended(code=code, invalidated=invalidated, detail=detail)

    async def close(self) -> None:
        """Close; waits a bounded time for the other side."""
        if self._ws is not None:
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._ws.close(OVER if self.over else RESUMABLE)
