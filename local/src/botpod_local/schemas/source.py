"""The OpenAPI description inside the pinned Kubernetes module: no API server and no internet needed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botpod_local.binaries import pin_of
from botpod_local.binaries.build import GO_ENVIRONMENT
from botpod_local.binaries.go import ensure_go
from botpod_local.execute import execute

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
        printed = execute(
            *(go, "-C", pin.directory, "mod", "download", "-json", MODULE),
            env={**os.environ, **GO_ENVIRONMENT},
            timeout_s=DOWNLOAD_S,
        )
        description: dict[str, Any] = json.loads((Path(json.loads(printed)["Dir"]) / DESCRIPTION).read_text())
    return description
