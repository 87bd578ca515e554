"""The resource metrics API for pods without containers: what they use together goes up and down in waves.

The API server forwards ``metrics.k8s.io`` here as to a metrics server: the autoscaler is Kubernetes' own.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import math
import ssl
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aiohttp import web
from pki import server_files
from processes import free_port

from botpod_operator.kube.resources import POD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from client import Client
    from machinery import Machinery

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
REQUEST_MILLIS, TARGET_PERCENT = 100, 50
"""Of each pod, and what the autoscaler is to reach."""
MOST = 8
"""The replicas that a wave's crest asks for; its trough asks for one."""
WAVE_SECONDS = 75.0


def millis(seconds: float) -> float:
    """Return what all pods use together at a moment, in thousandths of a core."""
    share = 0.5 - 0.5 * math.cos(2 * math.pi * seconds / WAVE_SECONDS)
    return REQUEST_MILLIS * TARGET_PERCENT / 100 * (1 + (MOST - 1) * share)


class MetricsApi:
    """Divides the load evenly among the pods that are asked for."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._began = time.monotonic()

    async def described(self, _: web.Request) -> web.Response:
        """Say what is served, as the aggregator asks before it forwards anything."""
        pods = {
            "name": "pods",
            "singularName": "",
            "namespaced": True,
            "kind": "PodMetrics",
            "verbs": ["list"],
        }
        found = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{GROUP}/{VERSION}"}
        return web.json_response({**found, "resources": [pods]})

    async def pods(self, request: web.Request) -> web.Response:
        """List the metrics of the pods that a selector names."""
        selector = quote(request.query.get("labelSelector", ""))
        path = f"{POD.path(namespace=request.match_info['namespace'])}?labelSelector={selector}"
        pods = (await self._client.get(path))["items"]
        each = millis(time.monotonic() - self._began) / max(len(pods), 1)
        items = [_metrics(pod, each) for pod in pods]
        head = {"kind": "PodMetricsList", "apiVersion": f"{GROUP}/{VERSION}", "metadata": {}}
        return web.json_response({**head, "items": items})


def _metrics(pod: dict[str, Any], used: float) -> dict[str, Any]:
    names = [container["name"] for container in pod["spec"]["containers"]]
    usage = {"cpu": f"{round(used / len(names) * 1_000_000)}n", "memory": "1Mi"}
    metadata = {key: pod["metadata"][key] for key in ("name", "namespace", "labels")}
    return {
        "metadata": metadata,
        "timestamp": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "window": "1s",
        "containers": [{"name": name, "usage": usage} for name in names],
    }


@contextlib.asynccontextmanager
async def metrics_api(machine: Machinery, client: Client) -> AsyncIterator[None]:
    """Serve it through the API server until the block ends."""
    directory = machine.directory / "metrics"
    directory.mkdir()
    files, port = server_files(directory), free_port()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(files.certificate, files.key)
    api, app = MetricsApi(client), web.Application()
    app.router.add_get(f"/apis/{GROUP}/{VERSION}", api.described)
    app.router.add_get(f"/apis/{GROUP}/{VERSION}/namespaces/{{namespace}}/pods", api.pods)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
        machine.server.apply(*_registration(port))
        # In a thread: it ends once this process has answered the API server.
        served = (f"apiservice/{VERSION}.{GROUP}", "--for=condition=Available", "--timeout=50s")
        await asyncio.to_thread(machine.server.kubectl, "wait", *served)
        yield
    finally:
        await runner.cleanup()


def _registration(port: int) -> tuple[dict[str, Any], dict[str, Any]]:
    name = {"name": "metrics", "namespace": "kube-system"}
    return (
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": name,
            # A Service may have no endpoint on loopback, but a name for it.
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"{VERSION}.{GROUP}"},
            "spec": {
                "group": GROUP,
                "version": VERSION,
                "service": {**name, "port": port},
                "insecureSkipTLSVerify": True,
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
            },
        },
    )
