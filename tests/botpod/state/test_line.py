"""Turns by hypothesis: whoever asks, goes silent, hands its ticket on or lets its turn pass."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from botpod.state.line import PATIENCE_SECONDS, Line

INTERVAL = 5.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True)
class Step:
    ticket: str
    take: bool
    later: float


STEPS = st.lists(
    st.builds(
        Step,
        ticket=st.sampled_from("abcd"),
        take=st.booleans(),
        later=st.sampled_from([0.0, 0.125, 0.875, 2.875, 3.125, 5.0]),
    ),
    max_size=60,
)


@given(STEPS)
def test_turns_are_apart_and_nobody_who_asks_is_passed_over(steps: list[Step]) -> None:
    clock = Clock()
    line = Line(clock)
    asked: dict[str, float] = {}  # in the order in which they came
    taken_at: list[float] = []
    for step in steps:
        clock.now += step.later
        for gone in [one for one, at in asked.items() if at <= clock.now - PATIENCE_SECONDS]:
            # Unless it is asked for just now, before anybody else could notice.
            if gone != step.ticket:
                del asked[gone]
        asked[step.ticket] = clock.now
        first = next(iter(asked)) == step.ticket
        free = not taken_at or clock.now - taken_at[-1] >= INTERVAL

        wait = line.turn(step.ticket, interval=INTERVAL, take=step.take)

        assert (wait == 0) is (first and free)
        if step.take and wait == 0:
            taken_at.append(clock.now)
            del asked[step.ticket]
    assert all(later - earlier >= INTERVAL for earlier, later in pairwise(taken_at))


@given(number=st.integers(1, 20), every=st.floats(0.05, PATIENCE_SECONDS - 0.1))
def test_all_that_wait_get_their_turn_in_the_order_in_which_they_came(number: int, every: float) -> None:
    clock = Clock()
    line = Line(clock)
    waiting = [str(one) for one in range(number)]
    came: list[str] = []
    while waiting:
        for ticket in list(waiting):
            if line.turn(ticket, interval=INTERVAL, take=True) == 0:
                came.append(ticket)
                waiting.remove(ticket)
        clock.now += every
        assert clock.now <= number * (INTERVAL + every)
    assert came == [str(one) for one in range(number)]
