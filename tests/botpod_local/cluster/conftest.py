from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from localcluster import PROBE_IMAGE, a_cluster

from botpod_local.binaries.go import ensure_go
from botpod_local.cache import cache_directory
from botpod_local.cluster.images import ARCHITECTURES, image_archive
from botpod_local.progress import default_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_local.cluster import Cluster

PROBE = Path(__file__).parent / "probe"


@pytest.fixture(scope="session")
def probe_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image of the probe, a static program (see probe/main.go)."""
    directory = tmp_path_factory.mktemp("probe")
    go = ensure_go(cache_directory(), default_progress())
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    command = [str(go), "build", "-trimpath", "-o", str(directory / "probe"), "."]
    subprocess.run(command, cwd=PROBE, env=environment, check=True, timeout=110)
    archive = directory / "probe.tar"
    program = (directory / "probe").read_bytes()
    architecture = ARCHITECTURES[platform.machine()]
    archive.write_bytes(image_archive(PROBE_IMAGE, program, path="probe", architecture=architecture))
    return archive


@pytest.fixture(scope="module")
def cluster(probe_archive: Path) -> Iterator[Cluster]:
    """A cluster for the tests of one file, with the probe's image."""
    with a_cluster() as made:
        made.load(probe_archive)
        yield made
