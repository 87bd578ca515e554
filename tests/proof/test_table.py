"""Rows and plans are read out of the table's text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from proof.table import order, table_in

TEXT = """
| ID | Requirement | Source | Kind | Visible to |
|---|---|---|---|---|
| CP-01 | It answers (also: AC-4) | a.txt §1 | feature | Discord user |
| CP-80 | Effort: ten days | a.txt §9 | docs | developer |
| AC-02 | It is a `|`-free row | b.txt | test | developer |
| AU-60 | Later | c.txt | docs | developer |
| AU-62 | Begins small | c.txt | docs | developer |

## Decided
| rows | decision |
|---|---|
| AC-02 against CP-01 | one polite notice |
| CP-80, AU-60…63 | planning facts: nothing to show |
"""


def test_rows_are_read_and_those_that_only_plan_are_set_apart() -> None:
    table = table_in(TEXT)
    assert table.texts["CP-01"] == "It answers (also: AC-4)"
    assert list(table.texts) == ["CP-01", "CP-80", "AC-02", "AU-60", "AU-62"]
    assert table.planned == {"CP-80", "AU-60", "AU-62"}
    assert table.wanted == ["CP-01", "AC-02"]


@given(st.text())
def test_whatever_the_text_is_what_is_planned_is_in_the_table(text: str) -> None:
    table = table_in(text)
    assert table.planned <= table.texts.keys()


def test_rows_stand_in_the_order_of_their_numbers() -> None:
    assert sorted(["CP-10", "AC-100", "AC-99", "CP-9"], key=order) == ["AC-99", "AC-100", "CP-9", "CP-10"]
