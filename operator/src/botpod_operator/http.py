"""The operator's port: ``/metrics`` for Prometheus, ``/livez`` and ``/readyz`` for the kubelet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry


def application(
    *, registry: CollectorRegistry, alive: Callable[[], bool], ready: Callable[[], bool]
) -> web.Application:
    """Return the web application."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def livez(_: web.Request) -> web.Response:
        return _said(alive())

    async def readyz(_: web.Request) -> web.Response:
        return _said(ready())

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/livez", livez), web.get("/readyz", readyz)])
    return app


def _said(fine: bool) -> web.Response:  # noqa: FBT001 - it is the whole content
    return web.Response(text="ok" if fine else "not yet", status=200 if fine else 503)
