"""The gateway's URL: takes WebSocket connections in and keeps the list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, web

from botpod_local.discord.gateway.codes import Close
from botpod_local.discord.gateway.compression import Plain, ZlibStream
from botpod_local.discord.gateway.connection import Connection
from botpod_local.discord.gateway.network import Network
from botpod_local.discord.gateway.outbox import Outbox
from botpod_local.discord.hosts import base_url, resume_url

if TYPE_CHECKING:
    from botpod_local.discord.gateway.hub import Hub
    from botpod_local.discord.record import Record
    from botpod_local.discord.settings import Settings
    from botpod_local.discord.world.world import World

API_VERSION = "10"


class Endpoint:
    """Serves the gateway's paths."""

    def __init__(self, *, world: World, hub: Hub, settings: Settings, record: Record) -> None:
        self._world = world
        self._hub = hub
        self._settings = settings
        self._record = record
        self.connections: set[Connection] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Upgrade and serve one connection."""
        # Larger than what is allowed, so that what is too large is answered with Discord's own code. A close
        # is answered by hand: it too travels, and waits where the network stalls.
        ws = web.WebSocketResponse(max_msg_size=1 << 20, compress=False, autoclose=False)
        await ws.prepare(request)
        self._record.count("connects")
        self._record.add("connect", path=request.path)
        encoder = ZlibStream() if request.query.get("compress") == "zlib-stream" else Plain()
        network = Network(self._settings)
        outbox = Outbox(ws=ws, request=request, encoder=encoder, network=network, base_url=base_url(request))
        if (code := _unfit(request)) is not None:
            outbox.shut(code)
            await outbox.run()
            return ws
        connection = Connection(
            ws=ws,
            outbox=outbox,
            network=network,
            encoder=encoder,
            world=self._world,
            hub=self._hub,
            settings=self._settings,
            record=self._record,
            path=request.path,
            resume_url=resume_url(request),
        )
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)
        return ws

    def shut_all(self) -> None:
        """Close every connection, as a server that goes away does."""
        for connection in tuple(self.connections):
            connection.network.flow()
            connection.outbox.shut(WSCloseCode.GOING_AWAY)


def _unfit(request: web.Request) -> int | None:
    if request.query.get("v") != API_VERSION:
        return Close.INVALID_API_VERSION
    fits = request.query.get("encoding", "json") == "json"
    fits = fits and request.query.get("compress") in {None, "", "zlib-stream"}
    return None if fits else Close.DECODE_ERROR
