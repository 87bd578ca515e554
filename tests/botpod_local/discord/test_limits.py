"""Limits as arithmetic: whatever the requests, no window lets more through than it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from botpod_local.discord.limits import InvalidRequests, StartBudget, Window, Windows

if TYPE_CHECKING:
    from collections.abc import Sequence

GAPS = st.lists(st.floats(min_value=0, max_value=3, allow_nan=False), max_size=200)


def moments(gaps: Sequence[float]) -> list[float]:
    now, found = 1_000_000.0, []
    for gap in gaps:
        now += gap
        found.append(now)
    return found


@given(gaps=GAPS, limit=st.integers(1, 20), period=st.floats(0.1, 10))
def test_a_window_lets_no_more_through_than_its_limit(gaps: list[float], limit: int, period: float) -> None:
    window = Window(limit, period)
    passed: dict[float, int] = {}
    for now in moments(gaps):
        verdict = window.take(now)
        assert 0 <= verdict.remaining < limit
        assert 0 < verdict.reset_after <= period + 1e-6
        if verdict.allowed:
            passed[window.resets_at] = passed.get(window.resets_at, 0) + 1
        else:
            assert verdict.remaining == 0
    assert all(count <= limit for count in passed.values())


@given(gaps=GAPS, limit=st.integers(1, 20), period=st.floats(0.1, 10))
def test_who_waits_as_told_is_let_through(gaps: list[float], limit: int, period: float) -> None:
    window = Window(limit, period)
    late = 0.0
    for now in moments(gaps):
        verdict = window.take(now + late)
        if not verdict.allowed:
            late += verdict.reset_after + 1e-6
            assert window.take(now + late).allowed


def test_remaining_counts_down_and_starts_anew() -> None:
    window = Window(3, 5.0)
    assert [window.take(10.0 + t).remaining for t in (0, 1, 2)] == [2, 1, 0]
    assert not window.take(14.9).allowed
    assert window.take(15.0).remaining == 2
    assert window.take(30.0).remaining == 2


@given(keys=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=100))
def test_windows_count_each_key_by_itself(keys: list[tuple[int, int]]) -> None:
    windows = Windows()
    for index, key in enumerate(keys):
        before = keys[:index].count(key)
        assert windows.take(key, 5, 60.0, 1.0).allowed == (before < 5)


@given(shards=st.lists(st.integers(0, 31), max_size=100), most=st.integers(1, 16), gaps=GAPS)
def test_no_two_starts_of_a_concurrency_bucket_within_five_seconds(
    shards: list[int], most: int, gaps: list[float]
) -> None:
    budget = StartBudget(max_concurrency=most)
    last: dict[int, float] = {}
    for shard, now in zip(shards, moments(gaps), strict=False):
        allowed = not budget.too_soon(shard, now)
        assert allowed == (now - last.get(shard % most, -1e9) >= 5.0)
        if allowed:
            last[shard % most] = now


def test_the_daily_budget_is_whole_again_a_day_after_its_first_use() -> None:
    budget = StartBudget(total=2)
    assert (budget.remaining(0.0), budget.reset_after_ms(0.0)) == (2, 0)
    assert [budget.spend(t) for t in (100.0, 200.0, 300.0)] == [True, True, False]
    assert (budget.remaining(300.0), budget.reset_after_ms(300.0)) == (0, 86_200_000)
    assert budget.remaining(86_500.0) == 2
    assert budget.spend(86_500.0)


def test_too_many_invalid_requests_ban_an_address_for_a_while() -> None:
    invalid = InvalidRequests(most=3, period=600, ban=3600)
    for now in (0.0, 1.0, 2.0):
        assert invalid.banned("a", now) == 0
        invalid.note("a", now)
    assert invalid.banned("a", 2.0) == 3600
    assert invalid.banned("b", 2.0) == 0
    assert invalid.banned("a", 3602.0) == 0
    invalid.note("a", 5000.0)
    assert (invalid.count("a", 5000.0), invalid.count("a", 5600.0)) == (1, 0)
