"""The base image's files: a small Debian with Python, made by debootstrap."""

from __future__ import annotations

import os
import shutil
import tarfile
from typing import TYPE_CHECKING

from botpod_local.images.commands import run
from botpod_local.images.errors import ImageBuildFailed
from botpod_local.images.recipes import BASE_PACKAGES, BASE_SUITE, BASE_TRIM

if TYPE_CHECKING:
    from pathlib import Path

DEBOOTSTRAP_S = 1200.0
"""The most it may take; it took 36 s with a quick mirror."""


def make_root(folder: Path, *, log: Path) -> Path:
    """Make ``folder/base.tar``, the root file system of the base image, and return its path.

    Raises:
        ImageBuildFailed: debootstrap is missing or failed.
    """
    program = shutil.which("debootstrap")
    if program is None:
        raise ImageBuildFailed("debootstrap is missing: install it with `apt-get install debootstrap`")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    root = folder / "root"
    packages = f"--include={','.join(BASE_PACKAGES)}"
    command = (program, "--variant=minbase", packages, BASE_SUITE, str(root))
    run(command, environment=os.environ, limit_s=DEBOOTSTRAP_S, log=log)
    trim(root)
    tar = folder / "base.tar"
    with tarfile.open(tar, "w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(root.iterdir()):
            archive.add(path, arcname=path.name)
    shutil.rmtree(root)
    return tar


def trim(root: Path) -> None:
    """Remove below ``root`` what no pod needs."""
    for pattern in BASE_TRIM:
        for path in root.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
