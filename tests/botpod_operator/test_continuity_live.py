"""What pods suffer from is in the condition, and an event when it begins and when it is over; nothing more.

The pods are played: objects that nobody runs, whose addresses are this machine's own.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from world import STATE

from botpod_operator.desired.manifest import INTERNAL_PORT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from world import World

ADDRESSES = ("127.90.90.1", "127.90.90.2")
SECONDS = 120.0
"""An end takes three looks, twenty seconds apart."""


@contextmanager
def _answering(said: dict[str, dict[str, Any]]) -> Iterator[None]:
    """Answer ``/status`` at each address with what ``said`` holds then."""

    class Status(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(said[self.connection.getsockname()[0]]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            # In pieces, as a long answer comes.
            self.wfile.write(body[:9])
            self.wfile.flush()
            self.wfile.write(body[9:])

        def log_message(self, *_: object) -> None: ...

    servers = [ThreadingHTTPServer((address, INTERNAL_PORT), Status) for address in said]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


def _pod(world: World, number: int, address: str) -> None:
    name = f"bot-hello-1-{number}"
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "bot-hello-1", "controller": True}
    world.cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": world.namespace,
                "labels": {"botpod.dev/bot": "hello"},
                "ownerReferences": [{**owner, "uid": "00000000-0000-0000-0000-000000000000"}],
            },
            "spec": {
                "automountServiceAccountToken": False,
                "serviceAccountName": "bot-hello",
                "containers": [{"name": "bot", "image": "registry.invalid/bot:1"}],
            },
        }
    )
    status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}
    world.cluster.kubectl(
        *("patch", "pod", name, "-n", world.namespace, "--subresource=status", "--type=merge"),
        *("-p", json.dumps({"status": status})),
    )


def _events(world: World) -> list[tuple[str, str, str]]:
    """Return what is told of the bot, but of its credentials; the API server tells of its Service, too."""
    found = world.cluster.get("events", "-n", world.namespace)["items"]
    of_the_bot = [event for event in found if event["involvedObject"]["kind"] == "BotInstance"]
    ours = [event for event in of_the_bot if event["reason"] != "CredentialsDelivered"]
    return sorted((event["type"], event["reason"], event["message"]) for event in ours)


@pytest.mark.timeout(300)
def test_a_redis_that_some_pods_can_not_use_is_told_and_that_they_can_again(world: World) -> None:
    fine = {"dependencies": {"redis": {"ok": True, "problem": None}}}
    problem = {"ok": False, "problem": "Redis does not answer: redis://:hunter2@db"}
    said: dict[str, dict[str, Any]] = dict.fromkeys(ADDRESSES, fine)
    said[ADDRESSES[1]] = {"dependencies": {"redis": problem}}
    world.botclass(state=STATE)
    world.credentials()
    with _answering(said):
        world.bot(replicas=2)
        world.condition("Continuity", reason="SharedState")
        for number, address in enumerate(ADDRESSES):
            _pod(world, number, address)
        world.pods(2)
        told = world.condition("Continuity", reason="RedisUnreachable", seconds=SECONDS)
        assert told["status"] == "False"
        assert told["message"].startswith("1 of 2 pods can't use Redis. The other pods take over")
        assert world.condition("Ready", reason="Serving")["status"] == "True"
        assert _events(world) == [("Warning", "RedisUnreachable", told["message"])]
        written = world.get("botinstance", "hello") or {}
        said[ADDRESSES[1]] = fine
        again = world.eventually(
            "botinstance",
            "hello",
            lambda bot: bot["metadata"]["resourceVersion"] != written["metadata"]["resourceVersion"],
            seconds=SECONDS,
        )
    # Many looks, and one write.
    conditions = {condition["type"]: condition for condition in again["status"]["conditions"]}
    assert (conditions["Continuity"]["status"], conditions["Continuity"]["reason"]) == ("True", "SharedState")
    assert _events(world) == [
        ("Normal", "ContinuityAgain", f"Solved: {told['message']}"),
        ("Warning", "RedisUnreachable", told["message"]),
    ]
    assert "hunter2" not in json.dumps(again)
