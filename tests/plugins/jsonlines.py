"""A file of JSON objects, one a line, that another process is still writing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def json_lines(file: Path) -> list[dict[str, Any]]:
    """Return what stands in it; a last line without an end is still being written, and left out."""
    *whole, _ = file.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in whole]
