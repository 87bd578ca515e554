"""A folder of JSON Schemas for kubeconform, made once for the pinned Kubernetes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from botpod_local.binaries import pin_of
from botpod_local.cache import cache_directory, locked
from botpod_local.progress import default_progress
from botpod_local.schemas.convert import built_in_kinds
from botpod_local.schemas.source import kubernetes_description

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.progress import Progress

FORMAT = 2
"""Raised when the conversion changes: another folder is made."""
WAIT_S = 900


def ensure_schemas(*, cache: Path | None = None, progress: Progress | None = None) -> Path:
    """Return the folder with one file for each of Kubernetes' kinds, making it if it is missing.

    Raises:
        LocalError: the pinned Kubernetes module can't be downloaded.
    """
    where = cache or cache_directory()
    folder = where / "schemas" / f"kubernetes-{pin_of('kube-apiserver').digest}-{FORMAT}"
    if not folder.exists():
        with locked(where / "locks" / "schemas.lock", timeout_s=WAIT_S):
            if not folder.exists():
                _make(folder, where, progress or default_progress())
    return folder


def _make(folder: Path, cache: Path, progress: Progress) -> None:
    description = kubernetes_description(cache=cache, progress=progress)
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name, schema in built_in_kinds(description):
        (part / name).write_text(json.dumps(schema))
    part.replace(folder)
