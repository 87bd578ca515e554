"""What is said of coverage, and when it isn't enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parts.covered import covered, good, told, wanted_in

ROOT = Path(__file__).resolve().parents[2]
WANTED = wanted_in('least = 90\n[critical]\ninbox = ["src/inbox/**/*.py"]\nleases = ["src/lease.py"]\n')


def report(*, inbox: list[int] = [], rest: list[int] = []) -> dict[str, Any]:  # noqa: B006
    def one(lines: int, missing: list[int]) -> dict[str, Any]:
        return {"summary": {"num_statements": lines}, "missing_lines": missing}

    return {
        "files": {
            "src/inbox/deep/a.py": one(40, inbox),
            "src/lease.py": one(10, []),
            "src/other.py": one(50, rest),
        }
    }


def test_enough_is_enough() -> None:
    assert good(report(), WANTED)
    assert good(report(rest=list(range(10))), WANTED)


def test_a_critical_line_that_nothing_went_through_is_too_much_and_is_named() -> None:
    lacking = report(inbox=[3, 4, 5, 9])
    assert not good(lacking, WANTED)
    assert list(told(lacking, WANTED)) == [
        "lines covered: 96.0 % of 100 (at least 90 %)",
        "  inbox: 90.0 % of 40 (all)",
        "    src/inbox/deep/a.py: 3-5, 9",
        "  leases: 100.0 % of 10 (all)",
    ]


def test_too_few_of_all_lines_are_too_few() -> None:
    assert not good(report(rest=list(range(11))), WANTED)


def test_a_critical_path_without_a_file_is_a_mistake_in_the_table() -> None:
    moved = wanted_in('least = 0\n[critical]\ninbox = ["src/elsewhere/*.py"]\n')
    assert not good(report(), moved)
    assert "no file" in list(told(report(), moved))[1]


def test_every_critical_path_of_ours_has_files() -> None:
    ours = wanted_in((ROOT / "tests" / "proof" / "critical.toml").read_text(encoding="utf-8"))
    assert ours.critical.keys() == {"credentials", "inbox", "ledger", "leases"}
    for name, globs in ours.critical.items():
        for glob in globs:
            assert list(ROOT.glob(glob)), (name, glob)


def test_files_that_no_glob_fits_are_left_out() -> None:
    assert covered(report(rest=[1]), ["src/lease.py"]).missing == {}
