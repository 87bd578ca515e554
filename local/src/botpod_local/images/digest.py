"""One digest over everything an image is made of, so that an unchanged tree builds nothing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from botpod_local.images.recipes import Recipe

LENGTH = 12
"""Hexadecimal digits of a tag: 48 bits, far more than a machine ever has images."""


def recipe_digest(recipe: Recipe, *, salt: Iterable[str] = ()) -> str:
    """Return a short digest of a recipe's Dockerfile, its inputs' names and contents, and ``salt``.

    Raises:
        FileNotFoundError: an input is missing.
    """
    digest = hashlib.sha256()
    for text in (recipe.kind, *salt):
        digest.update(f"{len(text)}:{text}".encode())
    for top in (recipe.dockerfile, *recipe.inputs):
        for path in _files(top):
            content = path.read_bytes()
            name = f"{top.name}/{path.relative_to(top)}"
            digest.update(f"{len(name)}:{name}{len(content)}:".encode())
            digest.update(content)
    return digest.hexdigest()[:LENGTH]


def _files(top: Path) -> Iterator[Path]:
    """Yield ``top``, or the files below it in a fixed order, without what Python leaves behind."""
    if not top.is_dir():
        yield top
        return
    yield from sorted(path for path in top.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
