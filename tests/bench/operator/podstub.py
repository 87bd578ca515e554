"""Answers ``/status`` for every pod that KWOK shows: such a pod uses what its Secret and ConfigMap hold.

All of their addresses are this namespace's own, so one server has them all; which pod was meant, the address
tells at which it was asked.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from aiohttp import web
from fleet import WATCHED

from botpod_operator.desired.configmap import revision
from botpod_operator.desired.manifest import INTERNAL_PORT
from botpod_operator.desired.secret import DIGEST_ANNOTATION
from botpod_operator.identity import BOT_LABEL
from botpod_operator.kube.resources import CONFIG_MAP, SECRET, Resource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from client import Client

PODS = Resource(group="", version="v1", kind="Pod", plural="pods")


class PodStub:
    """The other end of every pod's internal port."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def status(self, request: web.Request) -> web.Response:
        """Say what the asked pod uses; 503 for one that nobody knows yet."""
        assert request.transport is not None
        bot = await self._bot(request.transport.get_extra_info("sockname")[0])
        if bot is None:
            return web.Response(status=503)
        names = {"namespace": WATCHED, "name": f"bot-{bot}"}
        secret = await self._client.get(SECRET.path(**names))
        config = await self._client.get(CONFIG_MAP.path(**names))
        delivery = secret["metadata"].get("annotations", {}).get(DIGEST_ANNOTATION)
        return web.json_response(
            {"credentials": {"delivery": delivery}, "configuration": {"revision": revision(config)}}
        )

    async def _bot(self, address: str) -> str | None:
        # Asked anew each time: KWOK gives the address of a pod that is gone to the next one.
        path = f"{PODS.path(namespace=WATCHED)}?fieldSelector=status.podIP={address}"
        found: list[dict[str, Any]] = (await self._client.get(path))["items"]
        present = [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]
        return present[0]["metadata"]["labels"].get(BOT_LABEL) if present else None


@contextlib.asynccontextmanager
async def answering_pods(client: Client) -> AsyncIterator[None]:
    """Answer until the block ends."""
    app = web.Application()
    app.router.add_get("/status", PodStub(client).status)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "0.0.0.0", INTERNAL_PORT).start()
        yield
    finally:
        await runner.cleanup()
