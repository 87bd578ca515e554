"""The two ports' pages."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from botpod.http.health import for_anybody, health
from botpod.http.interactions import InteractionsPage
from botpod.http.key import Key
from botpod.metrics.summary import RECENT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp.typedefs import Handler

    from botpod.http.heartbeat import Heartbeat
    from botpod.interactions.intake import Intake
    from botpod.metrics.registry import Metrics
    from botpod.status import Status

_LIMIT = re.compile(r"[0-9]{1,3}")
_LONGEST_SILENCE = 30.0
"""Seconds without a heartbeat after which this process is better started anew."""
_MOST_ERRORS = 100
DETAILS = web.RequestKey("details", bool)
"""Whether who asks may know more than anybody may: at the cluster's port, or with the key."""

_json = partial(web.json_response, dumps=partial(json.dumps, ensure_ascii=False))


class Pages:
    """Answers both ports from what the process knows of itself; never asks anybody else."""

    def __init__(
        self,
        *,
        status: Status,
        metrics: Metrics,
        heartbeat: Heartbeat,
        models: Callable[[], Mapping[str, Any]],
        version: str,
        key: Callable[[], str] | None = None,
    ) -> None:
        self._status = status
        self._key = Key(key)
        self._metrics = metrics
        self._heartbeat = heartbeat
        self._models = models
        self._version = version

    def public(self, intake: Intake | None = None) -> web.Application:
        """Return the outside's pages, and those that Discord posts to if there is an ``intake``."""
        return _application(
            {
                "/health": self._health,
                "/api/health": self._health,
                "/ready": self._ready,
                "/api/metrics": self._summary,
            },
            key=self._key,
            interactions=None if intake is None else InteractionsPage(intake, bot=self._status.bot),
        )

    def internal(self) -> web.Application:
        """Return the cluster's pages."""
        return _application(
            {
                "/livez": self._live,
                "/readyz": self._ready,
                "/metrics": self._prometheus,
                "/status": self._everything,
                "/health": self._health,
                "/api/health": self._health,
                "/api/metrics": self._summary,
            }
        )

    async def _health(self, request: web.Request) -> web.Response:
        code, body = health(self._status, version=self._version, models=self._models())
        return _json(body if request[DETAILS] else for_anybody(body), status=code)

    async def _ready(self, _: web.Request) -> web.Response:
        reason = self._status.why_not_ready()
        return _json({"ready": reason is None, "reason": reason}, status=200 if reason is None else 503)

    async def _summary(self, request: web.Request) -> web.Response:
        limit = request.query.get("limit", str(RECENT))
        if not _LIMIT.fullmatch(limit) or int(limit) > _MOST_ERRORS:
            problem = f"limit is {limit[:20]!r}; give a number from 0 to {_MOST_ERRORS}."
            return _json({"error": problem}, status=400)
        figures = self._metrics.summary.snapshot(limit=int(limit))
        if not request[DETAILS]:
            del figures["recent_errors"]
        return _json(figures)

    async def _live(self, _: web.Request) -> web.Response:
        silence = self._heartbeat.silence
        alive = silence < _LONGEST_SILENCE
        body = {
            "alive": alive,
            "lagSeconds": round(self._heartbeat.lag, 3),
            "silenceSeconds": round(silence, 3),
        }
        return _json(body, status=200 if alive else 503)

    async def _prometheus(self, _: web.Request) -> web.Response:
        page = generate_latest(self._metrics.registry)
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _everything(self, _: web.Request) -> web.Response:
        return _json({"version": self._version, **self._status.snapshot()})


def _application(
    pages: Mapping[str, Callable[[web.Request], Awaitable[web.StreamResponse]]],
    *,
    key: Key | None = None,
    interactions: InteractionsPage | None = None,
) -> web.Application:
    @web.middleware
    async def shown_key(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization")
        request[DETAILS] = key is None or (given is not None and key.opens(given))
        if key is not None and given is not None and not request[DETAILS] and request.path in pages:
            refused = _json({"error": key.refusal}, status=401)
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        return await handler(request)

    @web.middleware
    async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            # aiohttp keeps it with the request, and it the frames that it came through: a circle.
            error.__traceback__ = None
            problem = f"{error.reason}; the pages are {', '.join(sorted(pages))}."
            return _json({"error": problem}, status=error.status)

    application = web.Application(middlewares=[plain_errors, shown_key])
    application.add_routes([web.get(path, handler) for path, handler in pages.items()])
    if interactions is not None:
        application.add_routes([web.post(path, interactions.post) for path in interactions.paths])
    return application
