"""What each image is made of: plain data, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

HERE = Path(__file__).parent

BASE_PACKAGES = ("python3", "python3-venv", "ca-certificates")
"""What debootstrap adds to a minimal Debian: Python, its ``venv`` (to install uv), certificates."""

BASE_SUITE = "trixie"
"""Debian 13, whose Python is 3.13."""

BASE_TRIM = (
    "usr/share/doc/*",
    "usr/share/man/*",
    "usr/share/info/*",
    "usr/share/locale/*",
    "var/lib/apt/lists/*",
    "var/cache/apt/*",
    "var/log/*",
    "etc/hostname",
    "etc/resolv.conf",
    "dev/*",
    "proc/*",
    "sys/*",
)
"""Patterns below the root that no pod needs; they halve the image."""


class Kind(StrEnum):
    """The images there are."""

    BASE = "base"
    BOT = "bot"
    OPERATOR = "operator"
    REDIS = "redis"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, kw_only=True)
class ImageArchive:
    """A built image.

    Attributes:
        reference: its name with the tag, a digest of the inputs, such as ``localhost/botpod/bot:1f0c…``.
        path: a tar in docker-archive format.
    """

    reference: str
    path: Path


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one image is made.

    Attributes:
        kind: which image.
        context: the build's context, a folder that holds everything below.
        dockerfile: what builds it.
        inputs: files and folders whose content decides whether it must be built again.
        salt: words that decide that too.
        needs_registry: whether its build asks Python's package index.
    """

    kind: Kind
    context: Path
    dockerfile: Path
    inputs: tuple[Path, ...] = ()
    salt: tuple[str, ...] = ()
    needs_registry: bool = False

    def moved_to(self, context: Path) -> Recipe:
        """Return the same recipe for a copy of its context."""

        def moved(path: Path) -> Path:
            return context / path.relative_to(self.context)

        return replace(
            self, context=context, dockerfile=moved(self.dockerfile), inputs=tuple(map(moved, self.inputs))
        )


def recipe(kind: Kind, *, root: Path) -> Recipe:
    """Return how ``kind`` is made, for the project whose root folder is ``root``."""
    match kind:
        case Kind.BOT:
            return _member(kind, root, "botpod")
        case Kind.OPERATOR:
            return _member(kind, root, "operator")
        case Kind.BASE:
            return replace(_apart(kind), salt=(BASE_SUITE, *BASE_PACKAGES, *BASE_TRIM))
        case _:
            return _apart(kind)


def _member(kind: Kind, root: Path, folder: str) -> Recipe:
    common = (".dockerignore", ".python-version", "pyproject.toml", "uv.lock")
    return Recipe(
        kind=kind,
        context=root,
        dockerfile=root / folder / "Dockerfile",
        inputs=(
            *(root / name for name in common),
            *(
                root / member / part
                for member in (folder, "credentials")
                for part in ("pyproject.toml", "src")
            ),
        ),
        needs_registry=True,
    )


def _apart(kind: Kind) -> Recipe:
    return Recipe(kind=kind, context=HERE / kind, dockerfile=HERE / kind / "Dockerfile")
