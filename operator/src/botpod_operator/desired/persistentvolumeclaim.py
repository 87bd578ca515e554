"""The disk for SQLite, where the class gives one and there is no PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_operator.desired.manifest import Manifest, head
from botpod_operator.quantities import canonical

if TYPE_CHECKING:
    from botpod_operator.effective import Effective


def persistentvolumeclaim(effective: Effective) -> Manifest | None:
    """Return the PersistentVolumeClaim, or None where none is needed."""
    volume = effective.volume
    if volume is None:
        return None
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": canonical(volume.size)}},
    }
    if volume.storage_class_name is not None:
        spec["storageClassName"] = volume.storage_class_name
    return {**head(effective.identity, api_version="v1", kind="PersistentVolumeClaim"), "spec": spec}
