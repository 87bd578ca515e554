"""The checkout of the project that this package runs from."""

from __future__ import annotations

from pathlib import Path

from botpod_local.errors import LocalError


def project_root() -> Path:
    """Return the project's folder. LocalError where the package was installed without it."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "uv.lock").exists():
            return folder
    raise LocalError("the project's files were not found: run this from a checkout of the project.")
