"""Bots whose pods make answers last, and a Vault that drips, beside bots that only want to start."""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from apiserver import ISSUER, api_server
from eventually import patiently
from operatorprocess import operator_process
from vaultserver import vault_server
from world import REFRESH, World, install_crds

from botpod_credentials.judgement import Verdict
from botpod_credentials.pod.answer import TrialAnswer
from botpod_operator.desired.manifest import CREDENTIALS_PORT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apiserver import ApiServer

OWN, TEAM, HOSTILE, DRIPPING = "botpod-system", "team", "hostile", "dripping"
BOTS, PODS = 10, 2
"""Hostile ones, and the pods of each."""
DRIP_SECONDS = 0.3
WITHIN_SECONDS = 90.0
GOOD = Verdict(deliver=True, verified=True, settled=True, reason="Verified", message="known")


class _Server(ThreadingHTTPServer):
    """Keeps count of what it is asked; ``over`` ends those that drip."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], *, drips: bool) -> None:
        super().__init__(address, _Handler)
        self.drips = drips
        self.over = threading.Event()
        self.asked = 0


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.drips:
            self._drip()
        else:
            digest = self.path.removeprefix("/trial/")
            self._say(TrialAnswer.of(digest, GOOD).model_dump_json(by_alias=True).encode())

    def do_POST(self) -> None:
        self.do_GET()

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        with contextlib.suppress(OSError):
            while not self.server.over.wait(DRIP_SECONDS):
                self.wfile.write(b" ")

    def log_message(self, *_: object) -> None: ...


@contextlib.contextmanager
def _serving(address: str, port: int, *, drips: bool) -> Iterator[_Server]:
    server = _Server((address, port), drips=drips)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join(10)
        server.server_close()


@dataclass
class Scene:
    """An operator with an API server and a Vault, and everything that answers as pods."""

    cluster: ApiServer
    worlds: dict[str, World]
    stack: contextlib.ExitStack
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    hostile: list[_Server] = field(default_factory=list)

    def start(self) -> float:
        """Make two bots of a team's, one of each delivery; return the seconds until both are let start."""
        world, number = self.worlds[TEAM], next(self.numbers)
        direct, secret = f"direct-{number}", f"secret-{number}"
        for name in (direct, secret):
            world.credentials(name)
        self._pod(world, direct, 0, drips=False)
        begun = time.monotonic()
        self._bot(world, direct, delivery="Direct")
        self._bot(world, secret)
        world.condition("CredentialsVerified", name=direct, reason="Verified", seconds=WITHIN_SECONDS)
        world.eventually("deployment", f"bot-{secret}", lambda _: True, seconds=WITHIN_SECONDS)
        return time.monotonic() - begun

    def turn_hostile(self) -> None:
        """Have the hostile bots, and return once the operator waits for them."""
        drip = self.stack.enter_context(_serving("127.0.0.1", 0, drips=True))
        address = f"http://127.0.0.1:{drip.server_port}"
        self.worlds[DRIPPING].botclass(vault={"address": address})
        for number in range(BOTS):
            name = f"bad-{number}"
            self.worlds[HOSTILE].credentials(name)
            for pod in range(PODS):
                self.hostile.append(self._pod(self.worlds[HOSTILE], name, pod, drips=True))
            self._bot(self.worlds[HOSTILE], name, delivery="Direct")
            self._bot(self.worlds[DRIPPING], name)
        patiently(lambda: sum(server.asked > 0 for server in self.hostile) >= min(BOTS, 4), seconds=60)
        patiently(lambda: drip.asked, seconds=60)

    def _bot(self, world: World, name: str, **credentials: str) -> None:
        vault = {"path": f"bots/{world.namespace}/{name}", "role": name}
        world.bot(name, credentials={"vault": vault, "refreshInterval": REFRESH, **credentials})

    def _pod(self, world: World, bot: str, number: int, *, drips: bool) -> _Server:
        """Have what looks like a running pod of a bot that takes its credentials from Vault itself."""
        address = f"127.20.{next(self.numbers)}.1"
        name = f"bot-{bot}-x-{number}"
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"bot-{bot}-x", "uid": "u"}
        container = {"name": "credentials", "image": "registry.invalid/bot:1"}
        self.cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": name,
                    "namespace": world.namespace,
                    "labels": {"botpod.dev/bot": bot},
                    "ownerReferences": [{**owner, "controller": True}],
                },
                "spec": {"initContainers": [container], "containers": [{**container, "name": "bot"}]},
            }
        )
        status: dict[str, Any] = {"phase": "Running", "podIP": address}
        patch = ("--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))
        self.cluster.kubectl("patch", "pod", name, "-n", world.namespace, *patch)
        return self.stack.enter_context(_serving(address, CREDENTIALS_PORT, drips=drips))


@contextlib.contextmanager
def scene(directory: Path) -> Iterator[Scene]:
    """Run everything until the block ends, its files below ``directory``."""
    with contextlib.ExitStack() as stack:
        for name in ("api", "vault"):
            (directory / name).mkdir()
        cluster = stack.enter_context(api_server(directory / "api", audits=["nobody"]))
        install_crds(cluster)
        key = cluster.service_account_public_key
        vault = stack.enter_context(vault_server(directory / "vault", issuer=ISSUER, public_key=key))
        worlds = {}
        for name in (OWN, TEAM, HOSTILE, DRIPPING):
            cluster.kubectl("create", "namespace", name)
            cluster.kubectl("create", "serviceaccount", "default", "-n", name)
            worlds[name] = World(cluster=cluster, vault=vault, namespace=name, own_namespace=OWN)
        for name in (TEAM, HOSTILE):
            worlds[name].botclass()
        stack.enter_context(
            operator_process(
                directory / "operator",
                kubeconfig=cluster.kubeconfig,
                config={"namespace": OWN, "watch": {"allNamespaces": True}},
            )
        )
        with contextlib.ExitStack() as pods:
            yield Scene(cluster=cluster, worlds=worlds, stack=pods)
