"""How long something will still take, from what is over and what is under way."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botpod_local.estimate import Outlook, announcement, fraction, roughly, spoken, standing

SECONDS = st.floats(min_value=0.01, max_value=100_000)
PLAN = st.dictionaries(st.text(min_size=1, max_size=3), SECONDS, min_size=1, max_size=8)


def outlook(**ahead: float) -> Outlook:
    return Outlook(ahead=dict(ahead))


def test_before_anything_began_all_steps_are_to_come() -> None:
    assert outlook(packages=20, etcd=60, helm=70).left_s({}) == 150


def test_of_a_step_under_way_the_rest_counts() -> None:
    assert outlook(etcd=60, helm=70).left_s({"etcd": (40, 60)}) == 90


def test_a_step_that_nobody_expected_counts_too() -> None:
    assert outlook(helm=70).left_s({"schemas": (1, 5)}) == 74


def test_a_step_that_takes_longer_than_usual_is_not_said_to_be_over_soon() -> None:
    assert outlook(helm=60).left_s({"helm": (400, 60)}) == 100


def test_what_was_expected_before_a_step_that_begins_was_done_by_somebody_else() -> None:
    plan = outlook(etcd=60, vault=100, helm=70)

    plan.begin("helm")

    assert plan.left_s({}) == 70


def test_on_a_machine_that_takes_twice_as_long_the_rest_takes_twice_as_long() -> None:
    plan = outlook(etcd=60, vault=100)

    plan.begin("etcd")
    plan.end("etcd", 120)

    assert plan.left_s({}) == 200
    assert plan.left_s({"vault": (50, 100)}) == 150


def test_a_quick_step_says_nothing_of_the_others() -> None:
    plan = outlook(pause=5, kubernetes=270)

    plan.end("pause", 50)

    assert plan.left_s({}) == 270


@given(PLAN, st.floats(min_value=0.1, max_value=1))
def test_on_a_machine_no_slower_than_expected_the_estimate_falls_with_each_step(
    plan: dict[str, float], quicker: float
) -> None:
    view = Outlook(ahead=dict(plan))
    before = view.left_s({})
    for key, usually in plan.items():
        view.begin(key)
        view.end(key, usually * quicker)
        after = view.left_s({})
        assert 0 <= after <= before * 1.000001
        before = after
    assert before == 0


def test_all_that_is_to_come_is_announced_with_the_sum_first() -> None:
    said = announcement([("installing helm", 68), ("building etcd", 1000), ("waiting for the bot", 12)])

    assert said == (
        "about 18 minutes to go: installing helm (1 min 8 s), building etcd (16 min 40 s), "
        "waiting for the bot (12 s)"
    )


def test_a_step_over_its_time_is_said_to_be() -> None:
    assert standing("building helm", elapsed_s=90, usually_s=68, left_s=None) == (
        "building helm: 1 min 30 s instead of usually 1 min 8 s"
    )


@example(0.010000000000000002, 0.01, 0.01)
@given(SECONDS, SECONDS, SECONDS)
def test_a_bar_grows_and_is_never_full(one: float, other: float, usually: float) -> None:
    earlier, later = sorted((fraction(min(one, other), usually), fraction(max(one, other), usually)))

    assert earlier == fraction(min(one, other), usually)
    assert 0 <= earlier <= later < 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.1 s"), (0.44, "0.4 s"), (1, "1 s"), (59.4, "59 s"), (59.6, "1 min"), (270, "4 min 30 s")],
)
def test_durations_are_said_as_people_do(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(2, "about 10 s"), (68, "about 70 s"), (95, "about 2 minutes"), (980, "about 16 minutes")],
)
def test_estimates_are_no_more_exact_than_they_are(seconds: float, words: str) -> None:
    assert roughly(seconds) == words
