"""buildah with a store of our own in the cache; no daemon is asked.

What buildah keeps elsewhere is its own list of known blobs (256 KiB in /var/lib/containers/cache).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_local.images.commands import run
from botpod_local.images.errors import ImageBuildFailed
from botpod_local.images.ulimits import limits_here, ulimit_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from botpod_local.images.recipes import Recipe

BUILD_S = 1200.0
"""The most one build may take; the slowest here took 40 s."""
QUICK_S = 120.0
"""The most that everything else may take."""


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where images and their layers are kept (``home``, a folder of its own), and how buildah is told so."""

    home: Path

    def has(self, reference: str) -> bool:
        """Tell whether an image of this name is in the store."""
        return reference in self._names()

    def build(
        self,
        made: Recipe,
        *,
        reference: str,
        log: Path,
        arguments: Mapping[str, str] | None = None,
        volumes: Mapping[Path, str] | None = None,
    ) -> None:
        """Build a recipe's Dockerfile, reusing layers.

        ``arguments`` are build arguments; ``volumes`` are files of this machine that the build may read.

        Raises:
            ImageBuildFailed: buildah failed or took too long; ``log`` has all that it printed.
        """
        self._buildah(
            *("bud", "--isolation", "chroot", "--layers", "--pull-never"),
            *ulimit_arguments(limits_here()),
            *(f"--build-arg={name}={value}" for name, value in (arguments or {}).items()),
            *(f"--volume={source}:{target}:ro" for source, target in (volumes or {}).items()),
            *("--tag", reference, "--file", str(made.dockerfile), str(made.context)),
            limit_s=BUILD_S,
            log=log,
        )

    def archive(self, reference: str, path: Path) -> None:
        """Write an image to a tar in docker-archive format, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        self._buildah("push", "--quiet", reference, f"docker-archive:{part}:{reference}")
        part.replace(path)

    def forget(self, repository: str, *, keep: str) -> None:
        """Drop the images of a repository but the one named; layers that others use stay."""
        for name in self._names():
            if name.startswith(f"{repository}:") and name != keep:
                self._buildah("rmi", "--force", name)

    def tidy(self) -> None:
        """Remove what an interrupted build left: half-made containers, and notes of mounts that are gone."""
        shutil.rmtree(self.home / "run", ignore_errors=True)
        self._buildah("rm", "--all")

    def _names(self) -> Sequence[str]:
        return self._buildah("images", "--format", "{{.Name}}:{{.Tag}}").split()

    def _buildah(self, *arguments: str, limit_s: float = QUICK_S, log: Path | None = None) -> str:
        program = shutil.which("buildah")
        if program is None:
            raise ImageBuildFailed("buildah is missing: install it with `apt-get install buildah`")
        scratch = self.home / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        places = ("--root", str(self.home / "store"), "--runroot", str(self.home / "run"))
        environment = {**os.environ, "TMPDIR": str(scratch)}
        return run((program, *places, *arguments), environment=environment, limit_s=limit_s, log=log)
