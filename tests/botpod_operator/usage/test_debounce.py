"""What is told of pods changes after they said so for a while, and soon enough."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_operator.usage.debounce import (
    BEGINS_AFTER,
    ENDS_AFTER,
    EVERY_SECONDS,
    SURE_SECONDS,
    TROUBLED_SECONDS,
    Debounce,
)
from botpod_operator.usage.health import WELL, Health

CUT_OFF, FORGETFUL = Health(pods=2, cut_off=2), Health(pods=2, forgetful=True)
SEEN = st.sampled_from([WELL, CUT_OFF, FORGETFUL, Health(pods=2, cut_off=1), None])


def _after(*seen: Health | None) -> Debounce:
    known = Debounce()
    for one in seen:
        known = known.after(one)
    return known


def test_one_look_is_not_enough_for_a_trouble_and_the_next_one_comes_soon() -> None:
    known = _after(WELL, CUT_OFF)
    assert known.told == WELL
    assert known.seconds == SURE_SECONDS
    assert known.after(CUT_OFF).told == CUT_OFF
    assert known.after(CUT_OFF).seconds == TROUBLED_SECONDS
    assert known.after(WELL) == Debounce(told=WELL)
    assert known.after(WELL).seconds == EVERY_SECONDS


def test_an_end_takes_longer_than_a_beginning() -> None:
    known = _after(CUT_OFF, CUT_OFF)
    for _ in range(ENDS_AFTER - 1):
        known = known.after(WELL)
        assert known.told == CUT_OFF
    assert known.after(WELL).told == WELL


def test_that_all_is_well_is_known_from_the_first_look_on() -> None:
    assert _after().told is None
    assert _after(None).told is None
    assert _after(WELL).told == WELL
    assert _after(CUT_OFF).told is None


def test_the_numbers_follow_at_once_while_the_trouble_is_the_same() -> None:
    one_of_them = Health(pods=2, cut_off=1)
    assert _after(CUT_OFF, CUT_OFF, one_of_them).told == one_of_them


@pytest.mark.parametrize("flapping", [[CUT_OFF, WELL], [CUT_OFF, CUT_OFF, WELL, WELL]])
def test_who_flaps_is_told_of_once_at_most(flapping: list[Health]) -> None:
    told = [_after(WELL, *(flapping * 20)[:n]).told for n in range(80)]
    assert sum(before != after for before, after in pairwise(told)) <= 1


@given(st.lists(SEEN, max_size=30))
def test_another_reason_is_told_only_after_enough_looks_in_a_row_that_found_it(
    seen: list[Health | None],
) -> None:
    known = Debounce()
    for number, one in enumerate(seen, start=1):
        before, known = known, known.after(one)
        was, is_ = (x.told.trouble if x.told else None for x in (before, known))
        if was != is_:
            assert one is not None
            assert one.trouble == is_
            needed = ENDS_AFTER if is_ is None else BEGINS_AFTER
            answered = [health for health in seen[:number] if health is not None]
            assert all(health.trouble != was for health in answered[-needed:])
