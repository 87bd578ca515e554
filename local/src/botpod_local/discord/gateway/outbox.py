"""What waits to be sent on one connection, in order, each after the network's latency."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING

from botpod_local.discord.gateway.codes import Closing
from botpod_local.discord.hosts import with_host

if TYPE_CHECKING:
    from aiohttp import web

    from botpod_local.discord.gateway.compression import Encoder
    from botpod_local.discord.gateway.network import Network

MOST_WAITING = 50_000
CLOSE_SECONDS = 5.0


class Outbox:
    """The server's side of a connection; a ``Line`` to sessions."""

    def __init__(
        self,
        *,
        ws: web.WebSocketResponse,
        request: web.Request,
        encoder: Encoder,
        network: Network,
        base_url: str,
    ) -> None:
        self._ws = ws
        self._request = request
        self._encoder = encoder
        self._network = network
        self._base_url = base_url
        self._waiting: asyncio.Queue[tuple[float, str | int]] = asyncio.Queue(MOST_WAITING)
        self.closed_with: int | None = None

    def send(self, text: str) -> None:
        """Queue a payload's JSON text; a peer that never reads is cut off at last."""
        self._put(text)

    def shut(self, code: int) -> None:
        """Queue a close behind what is queued."""
        self._put(code)

    def cut(self) -> None:
        """Reset the TCP connection at once, as a dying host or network would."""
        reset(self._request)

    def _put(self, item: str | int) -> None:
        try:
            self._waiting.put_nowait((self._network.arrival(), item))
        except asyncio.QueueFull:
            self.cut()

    async def run(self) -> None:
        """Send until told to close, or until the peer is gone."""
        with contextlib.suppress(ConnectionError):
            while True:
                arrival, item = await self._waiting.get()
                await self._network.carry(arrival)
                if isinstance(item, int):
                    await self._close(item)
                    return
                await self._transmit(item)

    async def _transmit(self, text: str) -> None:
        encoded = self._encoder.encode(with_host(text, self._base_url))
        if isinstance(encoded, bytes):
            await self._ws.send_bytes(encoded)
        else:
            await self._ws.send_str(encoded)

    async def _close(self, code: int) -> None:
        self.closed_with = code
        reason = Closing(code).reason
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ws.close(code=code, message=reason.encode()), CLOSE_SECONDS)


def reset(request: web.Request) -> None:
    """Close a request's TCP connection with RST."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
