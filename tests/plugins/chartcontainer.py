"""Run one of the chart's databases in its real image without a cluster: a chroot, a network of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from helmchart import render

from botpod_local.images import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from botpod_local.images import ImageArchive

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
    _archive: ImageArchive = field(init=False)

    def __post_init__(self) -> None:
        """Build the image where it isn't built, and lay out what the chart mounts."""
        (archive,) = build((self.component,)).values()
        self._archive = archive
        chart = render({self.component: {"enabled": True}}).one("ConfigMap", component=self.component)
        for name in ("config", "data", "password", "try"):
            self.folder.joinpath(name).mkdir(parents=True)
            os.chown(self.folder / name, UID, UID)
        for name, text in chart["data"].items():
            (self.folder / "config" / name).write_text(text)

    def run(self, script: str) -> str:
        """Run ``script`` where the component can be started as the chart does; return what it printed."""
        (self.folder / "password" / "password").write_text(self.password)
        (self.folder / "try" / "script.sh").write_text(script)
        mounts = {
            "config": "/etc/botpod:ro",
            "password": "/run/botpod:ro",
            "data": self.data,
            "try": "/try:ro",
        }
        volumes = " ".join(f"--volume {self.folder / name}:{place}" for name, place in mounts.items())
        environment = {
            **os.environ,
            "STORE": str(self.store),
            "ARCHIVE": str(self._archive.path),
            "REFERENCE": self._archive.reference,
            "VOLUMES": volumes,
        }
        done = subprocess.run(
            ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", ENTER],
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
