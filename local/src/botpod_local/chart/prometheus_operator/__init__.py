"""Strict schemas of what the chart uses of the Prometheus Operator's API, written after its CRDs.

The CRDs themselves stand in a repository of 100 MB and in no module of their own; we use a dozen fields.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_schemas(folder: Path) -> None:
    """Write a schema for each kind to ``folder``, by the names that kubeconform asks for."""
    for file in files(__name__).iterdir():
        if file.name.endswith(".json"):
            (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
