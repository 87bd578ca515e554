"""The OpenAPI description inside the pinned Kubernetes module: no API server and no internet needed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botpod_local.binaries import pin_of
from botpod_local.binaries.go import ensure_go
from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from botpod_local.progress import Progress

MODULE = "k8s.io/kubernetes"
DESCRIPTION = Path("api", "openapi-spec", "swagger.json")
DOWNLOAD_S = 600


def kubernetes_description(*, cache: Path, progress: Progress) -> dict[str, Any]:
    """Return Kubernetes' OpenAPI v2 description of the pinned version.

    Raises:
        LocalError: the module can't be downloaded.
    """
    go = ensure_go(cache, progress)
    pin = pin_of("kube-apiserver")
    with progress.step("reading Kubernetes' API description", key="kubernetes-schemas", guess_s=5):
        ran = subprocess.run(
            [str(go), "mod", "download", "-json", MODULE],
            cwd=pin.directory,
            env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOWORK": "off"},
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_S,
            check=False,
        )
        if ran.returncode != 0:
            lines = (ran.stderr or ran.stdout).strip().splitlines() or ["no output"]
            raise LocalError(f"the Go module {MODULE} can't be downloaded: {lines[-1]}")
        description: dict[str, Any] = json.loads(
            (Path(json.loads(ran.stdout)["Dir"]) / DESCRIPTION).read_text()
        )
    return description
