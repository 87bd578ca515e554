"""The operator's port: ``/metrics`` for Prometheus, ``/livez`` and ``/readyz`` for the kubelet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry, Metric


def application(
    *, registry: CollectorRegistry, alive: Callable[[], bool], ready: Callable[[], bool]
) -> web.Application:
    """Return the web application."""

    async def metrics(_: web.Request) -> web.Response:
        # Read at once, while nothing changes; written beside the loop: a thousand bots are half a megabyte.
        text = await asyncio.to_thread(generate_latest, _Read(tuple(registry.collect())))
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def livez(_: web.Request) -> web.Response:
        return _said(alive())

    async def readyz(_: web.Request) -> web.Response:
        return _said(ready())

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/livez", livez), web.get("/readyz", readyz)])
    return app


class _Read(Collector):
    """Figures that were read already."""

    def __init__(self, families: tuple[Metric, ...]) -> None:
        self._families = families

    def collect(self) -> tuple[Metric, ...]:
        return self._families


def _said(fine: bool) -> web.Response:  # noqa: FBT001 - it is the whole content
    return web.Response(text="ok" if fine else "not yet", status=200 if fine else 503)
