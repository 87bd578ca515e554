"""What a mark, a gate or a bench is worth, by how it last ended here."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from proof.claims import Standing
from proof.declared import Bar, declared_in
from proof.marks import Marked
from proof.record import Moment, Run
from proof.since import told

from proof import declared, marks

if TYPE_CHECKING:
    from proof.claims import Claim

HERE = Moment(at="2026-01-01T12:00:00+00:00", commit="abc1234def", changed=False)
TABLE = """
[[gate]]
name = "ruff"
command = "ruff check"
[[gate.shows]]
rows = ["CP-63"]

[[bench]]
name = "soak"
target = "soak"
[[bench.shows]]
rows = ["AC-56"]
lacks = "a week of it"
bars = [{ figure = "growth", of = "ratio", most = 1.05 }]
"""


def three(_commit: str) -> int:
    return 3


def of(runs: dict[str, Run], row: str) -> Claim:
    (found,) = (one for one in declared.claims_of(declared_in(TABLE), runs, three) if one.row == row)
    return found


def run(*, passed: bool = True, ratio: float | None = None) -> Run:
    figures: list[dict[str, Any]] = [{"name": "growth", "value": 2.0, "ratio": ratio, "n": 1}]
    return Run(moment=HERE, passed=passed, seconds=1.0, figures=figures if ratio else [])


def test_a_gate_counts_from_its_last_run() -> None:
    assert of({}, "CP-63").standing is Standing.IDLE
    assert of({}, "CP-63").note == "declared, but never run here (make check)"
    good = of({"ruff": run()}, "CP-63")
    assert (good.standing, good.by) == (Standing.HOLDS, "gate ruff")
    assert good.note == "recorded at abc1234, 3 commits ago"
    assert of({"ruff": run(passed=False)}, "CP-63").standing is Standing.FAILED


def test_a_bench_counts_where_its_figures_were_within_their_bars() -> None:
    good = of({"soak": run(ratio=1.05)}, "AC-56")
    assert (good.standing, good.lacks) == (Standing.HOLDS, "a week of it")
    bad = of({"soak": run(ratio=1.06)}, "AC-56")
    assert bad.standing is Standing.FAILED
    assert bad.note.startswith("missed its bar, growth (ratio) at most 1.05")
    assert of({"soak": run()}, "AC-56").standing is Standing.IDLE


@pytest.mark.parametrize(
    ("bar", "met"),
    [
        (Bar(figure="lost", most=0.01, of="share"), True),
        (Bar(figure="lost", most=0.001, of="share"), False),
        (Bar(figure="lost", least=5), True),
        (Bar(figure="lost", least=6), False),
        (Bar(figure="lost", most=1, of="ratio"), False),
        (Bar(figure="found", most=1), None),
    ],
)
def test_a_bar_is_held_against_the_value_the_ratio_or_the_share(bar: Bar, *, met: bool | None) -> None:
    assert bar.met([{"name": "lost", "value": 5.0, "ratio": None, "n": 1000}]) is met


def test_of_a_tests_cases_the_worst_counts() -> None:
    marked = [Marked(id=f"t.py::it[{case}]", row="CP-01") for case in "abc"]

    def worth(**outcomes: str) -> Standing:
        known = {f"t.py::it[{case}]": (outcome, HERE) for case, outcome in outcomes.items()}
        (claim,) = marks.claims_of(marked, known, three)
        return claim.standing

    assert worth() is Standing.UNKNOWN
    assert worth(a="passed", b="passed") is Standing.HOLDS
    assert worth(a="passed", b="skipped") is Standing.IDLE
    assert worth(a="failed", b="skipped", c="passed") is Standing.FAILED


def test_when_it_was_is_said_by_commits() -> None:
    assert told(HERE, 0) == "recorded at abc1234, this commit"
    assert told(HERE, 1) == "recorded at abc1234, 1 commit ago"
    assert told(HERE, None) == "recorded at abc1234, which this one doesn't come from"
    changed = dataclasses.replace(HERE, changed=True)
    assert told(changed, 4) == "recorded at abc1234, 4 commits ago, with changes"
    assert told(Moment(at=HERE.at), None) == f"recorded {HERE.at} outside of git"
