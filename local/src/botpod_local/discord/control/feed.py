"""What happens, live, for a page or a test in another process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web
from yarl import URL

from botpod_local.discord.control.finding import ControlError, find_user
from botpod_local.discord.control.snapshot import snapshot
from botpod_local.discord.hosts import base_url, with_host
from botpod_local.discord.world.happening import Audience
from botpod_local.discord.world.permissions import sees

if TYPE_CHECKING:
    from botpod_local.discord.gateway.hub import Hub
    from botpod_local.discord.world.happening import Happening
    from botpod_local.discord.world.records import User
    from botpod_local.discord.world.world import World

MOST_WAITING = 10_000
BEAT_SECONDS = 20.0


class Feed:
    """Serves the live feed: ``{"t": "SNAPSHOT", "d": …}`` first, then events as on Discord's own wire."""

    def __init__(self, *, world: World, hub: Hub) -> None:
        self._world = world
        self._hub = hub
        self._open: set[web.WebSocketResponse] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one watcher; ``?user=`` limits it to what that person sees."""
        origin = request.headers.get("Origin")
        if origin is not None and URL(origin).authority != request.host:
            # Any page in the same browser could otherwise listen in.
            raise web.HTTPForbidden(text="Only this server's own page may listen.")
        try:
            viewer = find_user(self._world, request.query["user"]) if "user" in request.query else None
        except ControlError as error:
            raise web.HTTPNotFound(text=str(error)) from None
        ws = web.WebSocketResponse(heartbeat=BEAT_SECONDS)
        await ws.prepare(request)
        self._open.add(ws)
        waiting: asyncio.Queue[str | None] = asyncio.Queue(MOST_WAITING)

        def put(name: str, data: Any) -> None:
            written = json.dumps({"t": name, "d": data}, separators=(",", ":"), ensure_ascii=False)
            if waiting.full():
                # One that doesn't read is let go; it will come back and begin with a snapshot.
                waiting.get_nowait()
                waiting.put_nowait(None)
            else:
                waiting.put_nowait(with_host(written, base_url(request)))

        def hear(happening: Happening) -> None:
            if self._concerns(happening, viewer):
                put(happening.name, happening.data)

        put("SNAPSHOT", snapshot(self._world, self._hub, viewer))
        forget = self._world.subscribe(hear)
        writer = asyncio.create_task(_write(ws, waiting))
        try:
            async for message in ws:
                if message.type in {WSMsgType.ERROR, WSMsgType.CLOSE}:
                    break
        finally:
            forget()
            self._open.discard(ws)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return ws

    def _concerns(self, happening: Happening, viewer: User | None) -> bool:
        if happening.audience is Audience.BOTS:
            return False
        if viewer is None:
            return True
        if happening.user_id is not None and happening.user_id != viewer.id:
            return False
        channel = self._world.channels.get(happening.channel_id or 0)
        if channel is not None:
            return sees(self._world, channel, viewer.id)
        guild = self._world.guilds.get(happening.guild_id or 0)
        return guild is None or viewer.id in guild.members

    async def close(self) -> None:
        """End every watcher."""
        for ws in tuple(self._open):
            with contextlib.suppress(ConnectionError):
                await ws.close(code=1001)


async def _write(ws: web.WebSocketResponse, waiting: asyncio.Queue[str | None]) -> None:
    with contextlib.suppress(ConnectionError):
        while (text := await waiting.get()) is not None:
            await ws.send_str(text)
    await ws.close()
