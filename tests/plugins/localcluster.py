"""Clusters of a test's own, the command line as a person runs it, and what a cluster may not leave behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from eventually import patiently

from botpod_local.cluster import Cluster
from botpod_local.cluster.processes import boot_id, record_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_local.cluster.layout import Layout

COMMAND = (sys.executable, "-m", "botpod_local")
PROBE_IMAGE = "localhost/botpod/probe:1"
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
# Where the programs of a cluster would keep things if they were not kept from it.
SYSTEM_PLACES = (
    "/run/containerd",
    "/run/runc",
    "/run/netns",
    "/run/cni",
    "/var/lib/kubelet",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/log/pods",
    "/var/log/containers",
    "/etc/cni",
    "/etc/kubernetes",
    "/usr/libexec/kubernetes",
)


def new_name() -> str:
    """Return a cluster name that nobody else uses."""
    return f"test-{uuid4().hex[:8]}"


@contextmanager
def a_cluster(name: str | None = None, *, egress: bool = False) -> Iterator[Cluster]:
    """Bring up a cluster and take it down afterwards, whatever happened to it."""
    cluster = Cluster(name or new_name())
    try:
        cluster.up(egress=egress)
        yield cluster
    finally:
        cluster.down()


def botpod_local(
    *arguments: str, prefix: tuple[str, ...] = (), env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [*prefix, *COMMAND, *arguments],
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def the_sentence(ran: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence on standard error with which a command failed; progress lines aside."""
    assert ran.returncode == 1, ran
    said = [line for line in ran.stderr.splitlines() if line.startswith("botpod-local: ")]
    assert len(said) == 1, ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stderr.splitlines()[-1] == said[0]
    return said[0].removeprefix("botpod-local: ")


def pids(cluster: Cluster) -> dict[str, int]:
    """Return the ids of a cluster's processes that run."""
    return {line.name: line.pid for line in cluster.status() if line.alive and line.pid}


def started_at(pid: int) -> tuple[int, str]:
    """Return what tells a process from a later one with the same id."""
    record = record_of(pid)
    return (record.started if record else -1, boot_id())


def system_places() -> set[str]:
    """Return everything at or one below the places that the machine keeps for such programs."""
    places = [Path(place) for place in SYSTEM_PLACES]
    children = [child for place in places if place.is_dir() for child in place.iterdir()]
    return {str(path) for path in (*places, *children) if path.exists()}


def no_traces(layout: Layout) -> None:
    """Assert that nothing of a cluster is left."""
    deadline = time.monotonic() + 20
    # The machine's first process may still have to collect the exit status of the cluster's.
    while (found := traces(layout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found == []


def traces(layout: Layout) -> list[str]:
    """Return what of a cluster can be seen on this machine outside the cache's shared parts."""
    found = [f"file {layout.state}"] if layout.state.exists() else []
    interfaces = Path("/sys/class/net")
    found += [f"interface {path.name}" for path in interfaces.iterdir() if path.name == layout.link]
    mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    found += [f"mount {line}" for line in mounts if str(layout.state) in line]
    found += [f"cgroup {path}" for path in Path("/sys/fs/cgroup").glob(f"*/{layout.cgroup}")]
    found += [f"cgroup {path}" for path in Path("/sys/fs/cgroup").glob(layout.cgroup)]
    routes = _printed("ip", "route", "show")
    found += [f"route {line}" for line in routes if any(net in line for net in layout.subnets)]
    found += [f"rules {line}" for line in _printed("nft", "list", "tables") if _table(layout) in line.split()]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                inside = layout.cgroup in (entry / "cgroup").read_text(encoding="ascii").split("/")
            except OSError:
                continue
            if str(layout.state) in line or inside:
                found.append(f"process {entry.name} {line}")
    return found


def probe_pod(name: str, *arguments: str, **spec: Any) -> dict[str, Any]:
    """Return a pod that the restricted level admits and that runs the probe; ``spec`` overrides its spec."""
    container = {
        "name": "probe",
        "image": PROBE_IMAGE,
        "args": list(arguments),
        "securityContext": RESTRICTED,
        "resources": {"requests": {"cpu": "10m"}},
        **spec.pop("container", {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "fsGroup": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            **spec,
        },
    }


def said(cluster: Cluster, pod: str, last: str) -> dict[str, str]:
    """Return what a probe has printed, by what it did, once it has done ``last``."""

    def lines() -> dict[str, str]:
        pairs = (line.partition(": ") for line in cluster.kubectl("logs", pod).splitlines())
        found = {what: text for what, _, text in pairs}
        return found if last in found else {}

    return patiently(lines)


def _table(layout: Layout) -> str:
    return f"botpod_{layout.number}"


def _printed(*command: str) -> list[str]:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    return ran.stdout.splitlines()
