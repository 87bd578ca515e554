"""A project to build images of, and stand-ins for buildah and debootstrap that make empty ones."""

from __future__ import annotations

import io
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from botpod_local.images import build
from botpod_local.progress import Durations, Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_local.images import ImageArchive, Kind

ROOT = Path(__file__).parents[2]

BUILDAH = """#!/bin/sh
# Keeps names in a file; "bud" adds one, "images" lists them, "push" writes an archive.
set -eu
PATH=/usr/bin:/bin
names="$2/names"
mkdir -p "$2"
touch "$names"
shift 4
case "$1" in
  images) cat "$names" ;;
  bud)
    test -z "${FAIL:-}" || { echo "no space left on the moon"; exit 3; }
    while [ "$1" != --tag ]; do shift; done
    echo "$2" >> "$BUILDS"
    echo "$2" >> "$names" ;;
  push)
    archive="${4#docker-archive:}"
    printf 'an image' > "${archive%%:localhost*}"
    test -z "${FAIL_PUSH:-}" || exit 4 ;;
  rmi) grep -vx "$3" "$names" > "$names.new" || true; mv "$names.new" "$names" ;;
esac
"""
DEBOOTSTRAP = """#!/bin/sh
PATH=/usr/bin:/bin
for root; do :; done
mkdir -p "$root/usr/share/doc/python" "$root/usr/bin" "$root/var/lib/apt/lists"
touch "$root/usr/share/doc/python/read" "$root/usr/bin/python3"
"""


@dataclass(frozen=True)
class Workshop:
    """A copy of what the project's images are made of, and a cache of its own."""

    root: Path
    cache: Path
    builds_file: Path
    said: io.StringIO

    def build(self, *kinds: str) -> Mapping[Kind, ImageArchive]:
        """Build images as the command line does."""
        progress = Progress(durations=Durations(self.cache / "durations.json"), stream=self.said)
        return build(kinds, root=self.root, cache=self.cache, progress=progress)

    @property
    def builds(self) -> list[str]:
        """The kinds that were built, in order."""
        if not self.builds_file.exists():
            return []
        return [name.split("/")[-1].split(":")[0] for name in self.builds_file.read_text().split()]


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A workshop whose buildah and debootstrap are stand-ins."""
    root = tmp_path / "project"
    for name in (".dockerignore", ".python-version", "pyproject.toml", "uv.lock"):
        root.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    packages = {"botpod": "botpod", "credentials": "botpod_credentials", "operator": "botpod_operator"}
    for member, package in packages.items():
        source = root / member / "src" / package
        source.mkdir(parents=True)
        (source / "__init__.py").write_text('"""A package."""\n')
        for path in (ROOT / member).glob("[Dp]*"):  # Dockerfile and pyproject.toml; not each has the first
            shutil.copy(path, root / member)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("buildah", BUILDAH), ("debootstrap", DEBOOTSTRAP)):
        (programs / name).write_text(text)
        (programs / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("BUILDS", str(tmp_path / "builds"))
    return Workshop(root=root, cache=tmp_path / "cache", builds_file=tmp_path / "builds", said=io.StringIO())
