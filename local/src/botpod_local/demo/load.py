"""Images into a cluster, only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.errors import LocalError
from botpod_local.images import KINDS, build

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from botpod_local.cluster import Cluster
    from botpod_local.images import ImageArchive
    from botpod_local.progress import Progress


def load_images(
    cluster: Cluster, progress: Progress, *, kinds: Iterable[str] = KINDS, root: Path | None = None
) -> dict[str, str]:
    """Build what changed, load what the cluster lacks; return the images' names, with digests, by kind.

    ``root`` is the folder of another tree than the one that this package is in.
    """
    archives = build(kinds, root=root, progress=progress)
    return {str(kind): _loaded(cluster, archive) for kind, archive in archives.items()}


def _loaded(cluster: Cluster, archive: ImageArchive) -> str:
    there = cluster.pinned_image(archive.reference)
    if there is None:
        cluster.load(archive.path)
        there = cluster.pinned_image(archive.reference)
    if there is None:
        raise LocalError(f"{archive.path} has no image {archive.reference}: delete it, and it is built anew.")
    return there
