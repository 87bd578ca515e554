"""What is said of a row by what is claimed for it."""

from __future__ import annotations

import pytest
from proof.claims import Claim, Standing, Verdict, judged
from proof.report import report
from proof.table import table_in

TABLE = table_in(
    "| CP-01 | It answers | a | feature | x |\n"
    "| CP-02 | It stays up | a | test | x |\n"
    "| CP-03 | It took a week | a | docs | x |\n"
    "| CP-03 | nothing to show |\n"
)
COUNTS = (
    "0 shown, 1 partly, 1 missing (1 of them claimed by what hasn't run here), 1 unknown,"
    " 1 only plan something, there is nothing to show"
)
HOLDS, UNKNOWN, IDLE, FAILED = Standing.HOLDS, Standing.UNKNOWN, Standing.IDLE, Standing.FAILED


def claim(standing: Standing = HOLDS, *, row: str = "CP-01", lacks: str = "") -> Claim:
    return Claim(row=row, by="tests/test_it.py::test_it", standing=standing, lacks=lacks, note="a note")


@pytest.mark.parametrize(
    ("claims", "verdict"),
    [
        ([], Verdict.MISSING),
        ([claim()], Verdict.SHOWN),
        ([claim(UNKNOWN)], Verdict.SHOWN),
        ([claim(IDLE)], Verdict.MISSING),
        ([claim(FAILED)], Verdict.MISSING),
        ([claim(IDLE), claim()], Verdict.SHOWN),
        ([claim(FAILED), claim()], Verdict.PARTLY),
        ([claim(lacks="slash commands")], Verdict.PARTLY),
        ([claim(lacks="slash commands"), claim()], Verdict.SHOWN),
        ([claim(IDLE), claim(lacks="slash commands")], Verdict.PARTLY),
        ([claim(FAILED, lacks="slash commands")], Verdict.MISSING),
    ],
)
def test_a_row_is_shown_if_all_of_it_is_claimed_by_what_passed(claims: list[Claim], verdict: Verdict) -> None:
    assert judged(TABLE, claims)[0].verdict is verdict


def test_the_report_says_who_shows_what_and_what_is_lacking() -> None:
    lines = report(TABLE, [claim(lacks="slash commands"), claim(IDLE, row="CP-02"), claim(row="XX-99")])
    assert lines == [
        "partly   CP-01    It answers",
        "                  tests/test_it.py::test_it; a note",
        "                    lacks: slash commands",
        "missing  CP-02    It stays up",
        "                  tests/test_it.py::test_it; a note",
        "unknown  XX-99    no such row",
        "                  tests/test_it.py::test_it; a note",
        "",
        COUNTS,
    ]


def test_without_a_table_what_is_claimed_is_listed_and_nothing_is_unknown() -> None:
    lines = report(table_in(""), [claim()])
    assert lines[0] == "shown    CP-01"
    assert lines[-1] == "1 shown, 0 partly, 0 missing, 0 unknown"
