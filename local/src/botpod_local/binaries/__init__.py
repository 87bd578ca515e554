"""The programs that a cluster is made of: ``binary("kubectl")`` builds what is missing, returns the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.binaries.build import ensure_built, home_of
from botpod_local.binaries.pins import PINS, Pin, pin_of
from botpod_local.cache import cache_directory
from botpod_local.progress import Progress, default_progress

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PINS", "Pin", "binary", "pin_of"]


def binary(program: str, *, cache: Path | None = None, progress: Progress | None = None) -> Path:
    """Return the path of ``program`` (``kubectl``, ``helm``, ``kube-apiserver``, …), building it if missing.

    KeyError for a program that no pin makes; LocalError where the build fails.
    """
    pin = pin_of(program)
    where = cache or cache_directory()
    ensure_built((pin,), where, progress or default_progress())
    return home_of(pin, where) / program
