"""Control over HTTP, for tests in other processes and for the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from botpod_local.discord.control.finding import ControlError
from botpod_local.discord.hosts import base_url, with_host

if TYPE_CHECKING:
    from botpod_local.discord.control.feed import Feed
    from botpod_local.discord.control.operations import Operations


class ControlApi:
    """``POST /control/OPERATION`` with a JSON object of arguments, ``GET /control/feed`` as a WebSocket."""

    def __init__(self, *, operations: Operations, feed: Feed) -> None:
        self._operations = operations
        self._feed = feed

    def add_to(self, app: web.Application) -> None:
        """Register the paths."""
        app.router.add_get("/control", self._describe)
        app.router.add_get("/control/feed", self._feed.serve)
        app.router.add_post("/control/{operation}", self._call)

    async def _describe(self, request: web.Request) -> web.Response:
        return _answer(request, 200, self._operations.describe())

    async def _call(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            # A form of a foreign page can't send this type without being asked first.
            return _answer(request, 415, {"error": "Send the arguments as application/json."})
        try:
            arguments = json.loads(await request.read() or b"{}")
        except ValueError:
            return _answer(request, 400, {"error": "The body is no JSON."})
        if not isinstance(arguments, dict):
            return _answer(request, 400, {"error": "The body must be a JSON object of arguments."})
        try:
            result = self._operations.call(request.match_info["operation"], arguments)
        except ControlError as error:
            return _answer(request, 400, {"error": str(error)})
        return _answer(request, 200, result)


def _answer(request: web.Request, status: int, body: Any) -> web.Response:
    written = with_host(json.dumps(body, ensure_ascii=False), base_url(request))
    return web.Response(status=status, body=written.encode(), content_type="application/json")
