"""Images into a cluster, only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.images import KINDS, build

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from botpod_local.cluster import Cluster
    from botpod_local.progress import Progress


def load_images(
    cluster: Cluster, progress: Progress, *, kinds: Iterable[str] = KINDS, root: Path | None = None
) -> dict[str, str]:
    """Build what changed, load what the cluster lacks; return the images' names by kind.

    ``root`` is the folder of another tree than the one that this package is in.
    """
    archives = build(kinds, root=root, progress=progress)
    for archive in archives.values():
        if not cluster.has_image(archive.reference):
            cluster.load(archive.path)
    return {str(kind): archive.reference for kind, archive in archives.items()}
