"""The port for the kubelet and the operator: nothing on it shows a value."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiohttp import web

from botpod_credentials.pod.answer import PodStatus, TrialAnswer
from botpod_credentials.pod.order import NotUnderstood, read

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_credentials.pod.folder import Folder
    from botpod_credentials.pod.keeper import Keeper
    from botpod_credentials.pod.trials import Trials

log = logging.getLogger(__name__)


def application(*, order: Path, folder: Folder, keeper: Keeper, trials: Trials) -> web.Application:
    """Return the web application."""

    async def livez(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def started(_: web.Request) -> web.Response:
        """The bot may start: it finds its files."""
        there = folder.delivery is not None
        return web.Response(text="ok" if there else "waiting for credentials", status=200 if there else 503)

    async def status(_: web.Request) -> web.Response:
        return _json(PodStatus(delivery=folder.delivery, problem=keeper.problem))

    async def trial(request: web.Request) -> web.Response:
        digest = request.match_info["digest"]
        try:
            told = await trials.verdict(read(order), digest)
        except NotUnderstood as error:
            raise web.HTTPConflict(text=str(error)) from None
        if told is None:
            raise web.HTTPNotFound(text="no such trial is ordered here (yet)")
        answer = TrialAnswer.of(digest, told)
        log.info("tried", extra={"delivery": digest, "reason": answer.reason})
        return _json(answer)

    app = web.Application()
    app.add_routes(
        [
            web.get("/livez", livez),
            web.get("/started", started),
            web.get("/status", status),
            web.get("/trial/{digest:[0-9a-f]{1,64}}", trial),
        ]
    )
    return app


def _json(content: TrialAnswer | PodStatus) -> web.Response:
    return web.Response(text=content.model_dump_json(by_alias=True), content_type="application/json")
