"""What can go wrong with an image."""

from __future__ import annotations

from botpod_local.errors import LocalError


class ImageBuildFailed(LocalError):
    """An image could not be built; the text says why, and where the log is if there is one."""
