"""Has a process that a test starts counted among what the tests went through, where that is measured."""

from __future__ import annotations

import os
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parents[3]


def measured() -> dict[str, str]:
    """Return what to add to the environment of a process of ours: nothing where this one isn't measured.

    Bots are left out: what they hold and how quickly they are there is looked at, and most of their code is
    gone through in the tests' own process.
    """
    if coverage.Coverage.current() is None:
        return {}
    kept = os.environ.get("COVERAGE_FILE") or str(ROOT / ".coverage")
    return {"COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"), "COVERAGE_FILE": kept}
