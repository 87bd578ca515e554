"""Container images, built on this machine without a container engine.

``build()`` is the whole interface: it returns archives that a container runtime imports, and does nothing at
all for what has not changed since.
"""

from botpod_local.images.builder import KINDS, build
from botpod_local.images.errors import ImageBuildFailed
from botpod_local.images.recipes import ImageArchive, Kind

__all__ = ["KINDS", "ImageArchive", "ImageBuildFailed", "Kind", "build"]
