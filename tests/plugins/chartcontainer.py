"""Run one of the chart's databases in its real image without a cluster: a chroot, a network of its own."""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from helmchart import render

from botpod_local.images import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helmchart import Objects

    from botpod_local.images import ImageArchive

LISTENS = "0A"
"""What the kernel's table of sockets says of one that takes connections."""
UID = 999
"""Who databases run as in the chart."""

ENTER = """
set -eu
ip link set lo up
buildah="buildah --root $STORE/root --runroot $STORE/run"
$buildah inspect "$REFERENCE" > /dev/null 2>&1 || $buildah pull --quiet "docker-archive:$ARCHIVE" > /dev/null
container="$($buildah from --pull-never "$REFERENCE")"
exec $buildah run --isolation chroot $VOLUMES "$container" sh /try/script.sh
"""
ENTERING = ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", ENTER]


class Door:
    """The loopback of a container's network, which nobody else is in."""

    def __init__(self, process: int) -> None:
        self._process = process

    def connect(self, port: int) -> socket.socket:
        """Connect as whoever is in there; the connection can be used from outside."""
        # A socket stays in the network that it was made in; the thread that went there does nothing else.
        with ThreadPoolExecutor(1) as within:
            return within.submit(self._connect, port).result()

    @property
    def ports(self) -> set[int]:
        """The TCP ports that somebody listens at in there."""
        found = set()
        for table in ("tcp", "tcp6"):
            lines = Path(f"/proc/{self._process}/net/{table}").read_text().splitlines()[1:]
            for _, local, _, state, *_ in map(str.split, lines):
                if state == LISTENS:
                    found.add(int(local.rpartition(":")[2], 16))
        return found

    def _connect(self, port: int) -> socket.socket:
        with Path(f"/proc/{self._process}/ns/net").open() as network:
            os.setns(network.fileno(), os.CLONE_NEWNET)
        return socket.create_connection(("127.0.0.1", port), timeout=5)


@pytest.fixture(scope="session")
def container_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for unpacked images, emptied at the end: pytest would keep half a gigabyte."""
    folder = tmp_path_factory.mktemp("containers")
    yield folder
    shutil.rmtree(folder)


@dataclass
class ChartContainer:
    """The files of one component's pod below ``folder``; its data stays from run to run."""

    component: str
    data: str
    folder: Path
    store: Path
    password: str = "first"
    tls: bool = True
    chart: Objects = field(init=False)
    """What the chart makes where there is this database alone."""
    _archive: ImageArchive = field(init=False)

    def __post_init__(self) -> None:
        """Build the image where it isn't built, and lay out what the chart mounts."""
        (archive,) = build((self.component,)).values()
        self._archive = archive
        mode = "Always" if self.tls else "Never"
        self.chart = render({self.component: {"enabled": True}, "databases": {"tls": {"mode": mode}}})
        for name in ("config", "data", "password", "tls", "try"):
            self.folder.joinpath(name).mkdir(parents=True)
            os.chown(self.folder / name, UID, UID)
        for name, text in self.chart.one("ConfigMap", component=self.component)["data"].items():
            (self.folder / "config" / name).write_text(text)
        for secret in self.chart.of("Secret", component=self.component):
            if secret["type"] == "kubernetes.io/tls":
                self.put_certificate({key: base64.b64decode(text) for key, text in secret["data"].items()})

    def put_certificate(self, data: dict[str, bytes]) -> None:
        """Lay out a Secret's certificate as the kubelet does: root's, for the pod's group to read."""
        for name in ("tls.crt", "tls.key"):
            file = self.folder / "tls" / name
            file.unlink(missing_ok=True)
            file.write_bytes(data[name])
            os.chown(file, 0, UID)
            file.chmod(0o440)

    def run(self, script: str) -> str:
        """Run ``script`` where the component can be started as the chart does; return what it printed."""
        done = subprocess.run(
            ENTERING,
            env=self._environment(script),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextlib.contextmanager
    def serve(self, script: str) -> Iterator[Door]:
        """Run ``script``, which says "ready" and goes on until its input ends, at the end of the block."""
        with subprocess.Popen(
            ENTERING,
            env=self._environment(script),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            try:
                if process.stdout.readline() != "ready\n":
                    raise AssertionError(process.communicate(timeout=30))
                yield Door(process.pid)
            finally:
                if process.poll() is None:
                    process.stdin.close()
                    assert process.wait(30) == 0, process.stderr.read()

    def _environment(self, script: str) -> dict[str, Any]:
        (self.folder / "password" / "password").write_text(self.password)
        (self.folder / "try" / "script.sh").write_text(script)
        mounts = {
            "config": "/etc/botpod:ro",
            "password": "/run/botpod:ro",
            "tls": "/run/botpod-tls:ro",
            "data": self.data,
            "try": "/try:ro",
        }
        volumes = " ".join(f"--volume {self.folder / name}:{place}" for name, place in mounts.items())
        return {
            **os.environ,
            "STORE": str(self.store),
            "ARCHIVE": str(self._archive.path),
            "REFERENCE": self._archive.reference,
            "VOLUMES": volumes,
        }
