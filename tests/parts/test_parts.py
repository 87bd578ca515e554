"""The parts of the tests: which there are, how each is run, what is said of it afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from parts.ended import Ended, ended, summary
from parts.table import PARTS, chosen, surroundings

ROOT = Path(__file__).resolve().parents[2]
UNIT = PARTS[0]


def test_every_test_belongs_to_exactly_one_part() -> None:
    files = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(files) > 100
    for file in files:
        parts = [
            part.name
            for part in PARTS
            if any(file.is_relative_to(path) for path in part.paths)
            and not any(file.is_relative_to(path) for path in part.without)
        ]
        assert len(parts) == 1, (file, parts)


def test_parts_are_chosen_by_name_and_run_in_their_order() -> None:
    assert chosen([]) == list(PARTS)
    assert [part.name for part in chosen(["e2e", "unit"])] == ["unit", "e2e"]
    with pytest.raises(ValueError, match="no part nothing; there are unit, cluster"):
        chosen(["nothing"])


@pytest.mark.req("CP-62")
def test_tests_run_side_by_side() -> None:
    for part in PARTS:
        words = part.command("python", workers=2, tell=Path("told.json"))
        assert "--numprocesses=2" in words


@pytest.mark.req("AU-43")
def test_no_part_has_a_vendors_key() -> None:
    mine = {"OPENAI_API_KEY": "sk", "DISCORD_TOKEN": "x", "GITHUB_TOKEN": "y", "HOME": "/root"}
    assert surroundings(mine, coverage=Path("c")) == {"HOME": "/root", "COVERAGE_FILE": "c"}


def test_the_end_says_of_each_part_what_it_did_and_how_to_run_it_alone() -> None:
    counts = {"passed": 8, "failed": 1, "errors": 1, "skipped": 0}
    told = {"counts": counts, "failed": ["tests/a.py::b", "tests/a.py::c"], "notes": ["9 were checked"]}
    good = {"counts": {**counts, "failed": 0, "errors": 0, "skipped": 2}, "failed": [], "notes": []}
    lines = summary(
        [
            ended(UNIT, 1, 61.4, told),
            ended(PARTS[1], 0, 5.0, good),
            ended(PARTS[2], -9, 7.0, None),
            Ended(part=PARTS[3]),
        ]
    )
    assert lines[2:] == [
        "  unit     8 passed, 1 failed, 1 errors in 61 s",
        "           9 were checked",
        "           failed: tests/a.py::b",
        "           failed: tests/a.py::c",
        '           alone: make test PARTS="unit"',
        "  cluster  8 passed, 2 skipped in 5 s",
        "  e2e      ended with status -9 in 7 s, before it could tell what it did",
        '           alone: make test PARTS="e2e"',
        "  walk     was not begun",
        '           alone: make test PARTS="walk"',
    ]


def test_a_part_that_was_interrupted_or_found_nothing_says_so() -> None:
    counts = {"passed": 3, "failed": 0, "errors": 0, "skipped": 0}
    told = {"counts": counts, "failed": [], "notes": []}
    assert summary([ended(UNIT, 2, 1.0, told)])[2] == "  unit     3 passed in 1 s; status 2"
    assert summary([ended(UNIT, 5, 1.0, told)])[2] == "  unit     found no test in 1 s"


def test_only_so_many_failed_tests_are_named() -> None:
    told = {"counts": {"failed": 40}, "failed": [f"t{n}" for n in range(40)], "notes": []}
    lines = summary([ended(UNIT, 1, 1.0, told)])
    assert sum("failed: " in line for line in lines) == 30
    assert "           and 10 more" in lines
