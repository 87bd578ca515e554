"""The web page's files."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent.parent / "web"
POLICY = "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'"
"""The page asks nobody but this server for anything."""


class Page:
    """Serves ``web/``: its ``index.html`` at ``/``, everything else under its own name."""

    def add_to(self, app: web.Application) -> None:
        """Register the paths; do so last, for it takes what is left."""
        app.router.add_get("/{path:.*}", self._serve)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        root = FOLDER.resolve()
        wanted = (root / (request.match_info["path"] or "index.html")).resolve()
        if not wanted.is_relative_to(root) or not wanted.is_file():
            return web.Response(status=404, text="There is no such page.")
        headers = {
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": POLICY,
        }
        return web.FileResponse(wanted, headers=headers)
