"""The dashboards as the files that the chart carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from botpod_local.dashboards.fleet import fleet
from botpod_local.dashboards.operator import operator

if TYPE_CHECKING:
    from pathlib import Path


def folder(root: Path) -> Path:
    """Return where the project in ``root`` keeps them."""
    return root / "charts" / "botpod" / "files" / "dashboards"


def texts() -> dict[str, str]:
    """Return each file's name and content."""
    encoder = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False)
    made = {"fleet.json": fleet(), "operator.json": operator()}
    return {name: encoder.encode(each.build()) + "\n" for name, each in made.items()}
