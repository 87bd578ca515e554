"""A day's session starts last the day, however often somebody wants one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.budget import KEPT_BACK, SCARCE, pace
from botpod.gateway.rest import GatewayInfo

DAY = 86_400.0


def info(*, total: int, remaining: int, reset_after: float) -> GatewayInfo:
    return GatewayInfo(
        url="wss://gateway",
        shards=1,
        total=total,
        remaining=remaining,
        reset_after=reset_after,
        max_concurrency=1,
    )


@given(total=st.sampled_from([10, 50, 1000, 2000]), every=st.floats(1, 3600))
def test_a_crash_loop_does_not_spend_a_day_and_always_gets_another_turn(total: int, every: float) -> None:
    now, remaining, turn, begun_late = 0.0, total, 0.0, 0
    while now < DAY:
        found = pace(info(total=total, remaining=remaining, reset_after=DAY - now))
        assert (found.problem is None) is (remaining > total * SCARCE)
        if found.interval is not None and now >= turn:
            remaining -= 1
            turn = now + found.interval
            begun_late += now > DAY * 0.75
        now += every
    assert remaining >= total * KEPT_BACK - 1
    assert remaining > 0
    if every * total < DAY * 10 and total * SCARCE > 10:
        assert begun_late  # also in the last hours of the day


def test_people_are_told_what_is_left_and_what_happens() -> None:
    assert pace(info(total=1000, remaining=201, reset_after=60)).problem is None
    scarce = pace(info(total=1000, remaining=200, reset_after=18_000))
    assert scarce.interval == 100
    assert scarce.problem is not None
    assert "Only 200 of 1000 session starts are left, for the next 18000 s:" in scarce.problem
    assert scarce.problem.endswith("shards without a session begin one every 100 s.")
    spent = pace(info(total=1000, remaining=20, reset_after=60))
    assert spent.interval is None
    assert spent.problem is not None
    assert spent.problem.endswith("no session begins until then.")
