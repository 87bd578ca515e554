"""Files of messages, at the URLs that their messages name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from botpod_local.discord.world.world import World


class Cdn:
    """Serves attachments; no token needed, as with Discord's own."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_to(self, app: web.Application) -> None:
        """Register the path."""
        app.router.add_get("/attachments/{channel_id}/{attachment_id}/{filename}", self.serve)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file's bytes."""
        number = request.match_info["attachment_id"]
        file = self._world.files.get(int(number)) if number.isdecimal() else None
        if file is None or file.filename != request.match_info["filename"]:
            return web.Response(status=404, text="This content is no longer available.")
        # Whatever was uploaded must never run as a page of this server.
        headers = {
            "Content-Type": file.content_type,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        return web.Response(body=file.content, headers=headers)
