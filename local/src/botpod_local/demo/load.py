"""Images into a cluster, only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.errors import LocalError
from botpod_local.images import ImageBuildFailed, build

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.cluster import Cluster
    from botpod_local.progress import Progress


def load_images(cluster: Cluster, progress: Progress) -> dict[str, str]:
    """Build what changed, load what the cluster lacks; return the images' names by kind."""
    try:
        archives = build(progress=progress)
    except ImageBuildFailed as error:
        raise LocalError(str(error)) from error
    for archive in archives.values():
        _load_once(cluster, archive.reference, archive.path)
    return {str(kind): archive.reference for kind, archive in archives.items()}


def _load_once(cluster: Cluster, reference: str, archive: Path) -> None:
    if not cluster.has_image(reference):
        cluster.load(archive)
