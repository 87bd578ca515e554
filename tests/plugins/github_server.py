"""GitHub's ``GET /user``, as much of it as tells a good token from one that is revoked."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class GitHubServer:
    """Where it is, the tokens that it knows, and those that it was asked about."""

    url: str = ""
    tokens: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Say who a token is of, or that it is nobody's."""
        if (request.method, request.path) != ("GET", "/user"):
            return web.json_response({"message": "Not Found"}, status=404)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.asked.append(token)
        if token not in self.tokens:
            return web.json_response({"message": "Bad credentials"}, status=401)
        return web.json_response({"login": "octocat", "id": 1, "type": "User"})


@asynccontextmanager
async def github_server(host: str) -> AsyncIterator[GitHubServer]:
    """Serve at any free port of ``host``."""
    made = GitHubServer()
    runner = web.ServerRunner(web.Server(made.answer))
    await runner.setup()
    try:
        await web.TCPSite(runner, host, 0).start()
        made.url = f"http://{host}:{runner.addresses[0][1]}"
        yield made
    finally:
        await runner.cleanup()
