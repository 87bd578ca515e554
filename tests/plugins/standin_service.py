"""A Service in front of bots: requests go round to those that are ready, as kube-proxy lets them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web

from botpod_local.listening import listen, url_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Service:
    """``ports`` are the bots' public ports; ``answered`` counts the answers of each."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self.answered: Counter[int] = Counter()
        self.statuses: Counter[int] = Counter()
        self.url = ""
        self.seen: Callable[[bytes, dict[str, str]], None] = lambda _body, _headers: None
        self._turn = 0
        self._session: aiohttp.ClientSession | None = None

    async def forward(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.startswith("X-")}
        self.seen(body, headers)
        for _ in self.ports:
            self._turn += 1
            port = self.ports[self._turn % len(self.ports)]
            try:
                async with self.session.post(
                    f"http://127.0.0.1:{port}{request.path}", data=body, headers=headers
                ) as answer:
                    self.answered[port] += 1
                    self.statuses[answer.status] += 1
                    return web.Response(
                        status=answer.status, body=await answer.read(), content_type=answer.content_type
                    )
            except aiohttp.ClientConnectorError:
                continue
        return web.Response(status=503)

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """An address for all bots of a test."""
    service = Service()
    app = web.Application()
    app.router.add_post("/{path:.*}", service.forward)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    (address,) = await listen(runner, (("127.0.0.1", 0),))
    service.url = url_of(address)
    yield service
    await runner.cleanup()
    await service.close()
