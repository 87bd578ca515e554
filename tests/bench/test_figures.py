"""What a bench prints, and the percentiles in it."""

from __future__ import annotations

import json

import pytest
from figures import Figure, percentile
from hypothesis import given
from hypothesis import strategies as st


def test_a_figure_is_one_line_with_its_ratio() -> None:
    line = Figure(name="converge_ratio", value=12.0, unit="s", baseline=8.0, n=2).line

    assert "\n" not in line
    assert json.loads(line) == {
        "name": "converge_ratio",
        "value": 12.0,
        "unit": "s",
        "baseline": 8.0,
        "ratio": 1.5,
        "n": 2,
    }


@pytest.mark.parametrize("baseline", [None, 0.0])
def test_without_a_baseline_there_is_no_ratio(baseline: float | None) -> None:
    found = json.loads(Figure(name="idle_writes", value=0, unit="1/min", baseline=baseline).line)

    assert found["baseline"] == baseline
    assert found["ratio"] is None


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1, 100), (0.001, 1)])
def test_a_percentile_is_one_of_the_values(share: float, expected: float) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1),
    st.floats(min_value=0.01, max_value=1),
)
def test_enough_of_the_values_are_not_above_it(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) * (1 - 1e-9)


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0), ([1.0], 1.1)])
def test_what_has_no_percentile_is_refused(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"share|values"):
        percentile(values, share)
