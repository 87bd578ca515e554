"""A copy of what an image is made of, so that an edit during a build never gets under the wrong tag."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.images.recipes import Recipe


def take_snapshot(recipe: Recipe, folder: Path) -> Path:
    """Copy a recipe's Dockerfile and inputs to ``folder``, emptied first, in their places; return it.

    Raises:
        FileNotFoundError: an input is missing.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for source in (recipe.dockerfile, *recipe.inputs):
        target = folder / source.relative_to(recipe.context)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    return folder
