from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
LONG = HERE / "test_readme.py"
WALK_SECONDS = 2700


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal the long ones out: xdist gives each worker two tests to begin with, one after the other."""
    here = [item for item in items if item.path.is_relative_to(HERE)]
    for item in here:
        item.add_marker(pytest.mark.timeout(WALK_SECONDS))
    long = [item for item in here if item.path == LONG]
    short = [item for item in here if item.path != LONG]
    dealt = [item for pair in zip(long, short, strict=False) for item in pair]
    items[:] = [*dealt, *(item for item in items if item not in dealt)]


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed, as somebody who clones the project gets it."""
    path = tmp_path_factory.mktemp("clone") / "botpod.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", ROOT, path], check=True, timeout=60)
    return path
