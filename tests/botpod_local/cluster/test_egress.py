"""Pods reach the outside only where that was asked for, disguised as this machine, and not afterwards."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from localcluster import a_cluster, botpod_local, no_traces, probe_pod, said

from botpod_local.cluster.egress import resolvers_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_local.cluster import Cluster

# Addresses set aside for examples, so nobody's.
NEAR, FAR = "198.51.100.1", "198.51.100.2"
LINK = "botpod-outside"
WHO_ASKS = """
import http.server, subprocess, sys
run = lambda *command: subprocess.run(command, check=True)
run("ip", "address", "add", "198.51.100.2/30", "dev", "eth0")
run("ip", "link", "set", "eth0", "up")
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.client_address[0].encode())
    def log_message(self, *arguments): pass
server = http.server.HTTPServer(("198.51.100.2", 80), Answer)
print(flush=True)
server.serve_forever()
"""


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, timeout=10)


@contextmanager
def outside() -> Iterator[None]:
    """A machine beside this one, which tells whoever asks it who they are."""
    command = ["unshare", "--net", "sh", "-c", 'read go; exec python3 -c "$0"', WHO_ASKS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as machine:
        assert machine.stdin is not None
        assert machine.stdout is not None
        own = Path("/proc/self/ns/net").readlink()
        while Path(f"/proc/{machine.pid}/ns/net").readlink() == own:
            pass
        try:
            ip("link", "add", LINK, "type", "veth", "peer", "name", "eth0", "netns", str(machine.pid))
            ip("address", "add", f"{NEAR}/30", "dev", LINK)
            ip("link", "set", LINK, "up")
            machine.stdin.write("go\n")
            machine.stdin.flush()
            machine.stdout.readline()
            yield
        finally:
            machine.kill()


def asks(cluster: Cluster, pod: str) -> str:
    """Return what a new pod gets from the machine outside."""
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(probe_pod(pod, "get", f"http://{FAR}/")))
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{pod}", "--timeout=60s")
    return said(cluster, pod, f"get http://{FAR}/")[f"get http://{FAR}/"]


def test_pods_reach_the_outside_only_where_asked_for(probe_archive: Path) -> None:
    with outside(), a_cluster() as cluster:
        cluster.load(probe_archive)
        layout = cluster.layout
        without = asks(cluster, "without")

        # On a running cluster, like a person who finds out that it is needed.
        opened = botpod_local("up", "--egress", "--name", cluster.name)
        with_egress = asks(cluster, "with")
        corefile = (layout.etc / "Corefile").read_text(encoding="utf-8")
        cluster.down()

        assert "unreachable" in without
        assert opened.returncode == 0, opened.stderr
        assert with_egress == NEAR
        assert "forward . " in corefile
        no_traces(layout)
        # Whether the machine forwards now, other workers' clusters say: test_forwarding.py looks at it.
        assert list(layout.cache.glob(f"forwarding.d/{layout.name}*")) == []


def test_resolvers_of_the_loopback_are_no_use_to_a_pod() -> None:
    servers = ("127.0.0.53", "::1", "192.0.2.53")
    named = "".join(f"nameserver {server}\n" for server in servers)

    assert resolvers_in(f"# a comment\nsearch example\n{named}options ndots:1\n") == ("192.0.2.53",)


@given(st.text())
def test_any_resolv_conf_can_be_read(text: str) -> None:
    assert len(resolvers_in(text)) <= 3
