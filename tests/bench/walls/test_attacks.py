"""Which attacks count as held: all of their tests passed, and there is one."""

from __future__ import annotations

import pytest
from attacks import ATTACKS, attacks_in, crossed

KNOWN = {"keys": "One reads another's keys.", "rows": "One reads another's rows."}


def test_an_attack_is_held_where_each_of_its_tests_passed() -> None:
    ended = {"keys": {"a": "passed", "b": "passed"}, "rows": {"c": "passed"}}

    assert crossed(KNOWN, ended) == []


@pytest.mark.parametrize(
    "rows", [{}, {"c": "failed"}, {"c": "passed", "d": "skipped"}], ids=["untried", "failed", "skipped"]
)
def test_one_that_failed_or_that_nobody_tried_got_through(rows: dict[str, str]) -> None:
    assert crossed(KNOWN, {"keys": {"a": "passed"}, "rows": rows}) == ["rows"]


def test_a_name_stands_once_and_with_a_sentence() -> None:
    assert attacks_in("# by whom\nkeys  One reads.\n\nrows  One writes.\n") == {
        "keys": "One reads.",
        "rows": "One writes.",
    }
    for text in ("keys One reads.\nkeys One writes.\n", "keys\n"):
        with pytest.raises(ValueError, match="keys"):
            attacks_in(text)


def test_the_list_is_one_of_attacks() -> None:
    assert "foreign_class" in attacks_in(ATTACKS.read_text(encoding="utf-8"))
