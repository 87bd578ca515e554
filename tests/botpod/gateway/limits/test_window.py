"""The window against a Discord that counts, with answers that take their time and overtake each other."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.limits.answers import Reading
from botpod.gateway.limits.window import Window
from botpod.state.localrest import LocalRestWindows
from botpod.state.restwindows import RestWindow
from botpod_local.discord.limits import Window as Counted

LATENCY = st.floats(0, 3)
REQUESTS = st.lists(st.tuples(st.floats(0, 4), LATENCY, LATENCY, st.booleans()), min_size=1, max_size=60)
"""Seconds after the one before, on the way there, on the way back; whether the answer gets lost."""


@dataclass
class World:
    """One bucket, one process, and time that passes in events."""

    limit: int
    period: float
    window: Window = field(default_factory=Window)
    refused: int = 0
    arrived: list[int] = field(default_factory=list)
    most_at_once: int = 0

    def run(self, requests: list[tuple[float, float, float, bool]]) -> None:
        server, order = Counted(self.limit, self.period), count()
        events: list[tuple[float, int, str, int, object]] = []
        queue: list[int] = []
        now = 0.0
        for number, (pause, *_) in enumerate(requests):
            now += pause
            heapq.heappush(events, (now, next(order), "asked", number, None))
        while events:
            now, _, what, number, detail = heapq.heappop(events)
            if what == "asked":
                queue.append(number)
            elif what == "arrives":
                verdict = server.take(now)
                self.refused += not verdict.allowed
                self.arrived.append(number)
                read = Reading(
                    bucket="b",
                    limit=verdict.limit,
                    remaining=verdict.remaining,
                    resets=verdict.reset_at + 1e9,
                    reset_after=verdict.reset_after,
                )
                lost = requests[number][3]
                back = now + requests[number][2]
                answer = (detail, None if lost else read)
                heapq.heappush(events, (back, next(order), "answered", number, answer))
            elif what == "answered":
                probe, read_or_none = detail  # type: ignore[misc]
                if read_or_none is None:
                    self.window.lost(now, probe=probe)
                else:
                    self.window.answered(read_or_none, now, probe=probe)
            while queue and self.window.room(now):
                first = queue.pop(0)
                probe = self.window.begin(now)
                self.most_at_once = max(self.most_at_once, self.window.in_flight)
                there = now + requests[first][1]
                heapq.heappush(events, (there, next(order), "arrives", first, probe))
            if queue and (moment := self.window.opens_at(now)) is not None:
                heapq.heappush(events, (moment, next(order), "look", -1, None))
            assert next(order) < 20_000, "it never ends"
        assert not queue, "somebody was never let go"


@given(st.integers(1, 8), st.floats(0.3, 10), REQUESTS)
def test_no_window_of_discords_ever_sees_more_than_its_limit(
    limit: int, period: float, requests: list[tuple[float, float, float, bool]]
) -> None:
    world = World(limit, period)
    world.run([(pause, there, back, False) for pause, there, back, _ in requests])

    assert world.refused == 0
    assert world.most_at_once <= limit
    assert sorted(world.arrived) == list(range(len(requests)))


@given(st.integers(1, 8), st.floats(0.3, 10), REQUESTS)
def test_lost_answers_hold_nobody_up(
    limit: int, period: float, requests: list[tuple[float, float, float, bool]]
) -> None:
    world = World(limit, period)
    world.run(requests)

    assert sorted(world.arrived) == list(range(len(requests)))
    assert world.most_at_once <= limit


@given(st.integers(2, 8), st.integers(10, 60))
def test_no_more_windows_are_used_than_needed(limit: int, number: int) -> None:
    world = World(limit, 5.0)
    moments: list[float] = []
    world.window = Recording(moments)
    world.run([(0.0, 0.05, 0.05, False)] * number)

    windows = -(-number // limit)
    assert moments[-1] <= (windows - 1) * (5.0 + 0.1 + 0.1) + 0.2


class Recording(Window):
    """Notes when each began."""

    __slots__ = ("moments",)

    def __init__(self, moments: list[float]) -> None:
        super().__init__()
        self.moments = moments

    def begin(self, now: float) -> bool:
        self.moments.append(now)
        return super().begin(now)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(
    st.integers(1, 10),
    st.floats(0.05, 1.5),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=120),
)
def test_the_global_limit_holds_however_long_requests_take(
    limit: int, slowest: float, requests: list[tuple[float, float]]
) -> None:
    clock, server = Clock(), Counted(limit, 1.0)
    window = RestWindow(name="global", limit=limit, period=1.0 + slowest + 1e-6)
    windows = LocalRestWindows(clock)
    arrivals: list[float] = []
    for pause, part in requests:
        clock.now += pause
        while not (grant := windows.take_now(window)).granted:
            clock.now += max(grant.wait, 1e-6)
        arrivals.append(clock.now + part * slowest)

    assert all(server.take(moment).allowed for moment in sorted(arrivals))


def test_a_route_that_tells_of_no_limit_has_none_until_it_does() -> None:
    window = Window()
    window.free(probe=window.begin(0.0))
    assert window.room(0.0) > 5
    probe = window.begin(0.0)
    window.answered(Reading(bucket="b", limit=1, remaining=0, resets=5.0, reset_after=5.0), 0.0, probe=probe)

    assert window.room(1.0) == 0
    assert window.wait(1.0, ahead=0) > 3


def test_who_waits_is_told_how_long_at_the_least() -> None:
    window = Window()
    probe = window.begin(0.0)
    window.answered(
        Reading(bucket="b", limit=2, remaining=0, resets=10.0, reset_after=10.0), 0.0, probe=probe
    )

    assert [round(window.wait(4.0, ahead=ahead)) for ahead in range(5)] == [6, 6, 16, 16, 26]
    window.block(60.0)
    assert window.wait(4.0, ahead=0) == 56
    assert window.opens_at(4.0) == 60


def test_a_window_is_opened_by_one_alone() -> None:
    window = Window()
    probe = window.begin(0.0)
    assert window.room(0.0) == 0
    window.answered(Reading(bucket="b", limit=5, remaining=4, resets=5.0, reset_after=5.0), 0.0, probe=probe)
    assert window.room(1.0) == 4
    assert window.room(6.0) == 1
    window.begin(6.0)
    assert window.room(6.0) == 0
