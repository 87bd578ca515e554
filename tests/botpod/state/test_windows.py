from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botpod.state.windows import MAX_KEYS, LocalWindows


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_ten_pass_then_one_notice_then_silence_until_there_is_room() -> None:
    clock = Clock()
    windows = LocalWindows(clock)
    for second in range(10):
        clock.now = float(second)
        assert windows.hit("ann", limit=10, window=60).allowed

    clock.now = 20
    first = windows.hit("ann", limit=10, window=60)
    second = windows.hit("ann", limit=10, window=60)
    assert (first.allowed, first.notify, first.retry_after) == (False, True, 40)
    assert (second.allowed, second.notify) == (False, False)

    clock.now = 60
    assert windows.hit("ann", limit=10, window=60).allowed
    again = windows.hit("ann", limit=10, window=60)
    assert (again.allowed, again.notify, again.retry_after) == (False, True, 1)


def test_one_persons_limit_is_nobody_elses() -> None:
    windows = LocalWindows(Clock())
    assert windows.hit("ann", limit=1, window=60).allowed
    assert not windows.hit("ann", limit=1, window=60).allowed
    assert windows.hit("ben", limit=1, window=60).allowed


def test_memory_is_bounded() -> None:
    windows = LocalWindows(Clock())
    for number in range(MAX_KEYS + 5):
        windows.hit(str(number), limit=1, window=60)
    # The first one was forgotten, so it may speak again; the last one is remembered.
    assert windows.hit("0", limit=1, window=60).allowed
    assert not windows.hit(str(MAX_KEYS + 4), limit=1, window=60).allowed


@given(st.lists(st.floats(0, 30), max_size=80), st.integers(1, 12))
def test_no_window_of_60_seconds_ever_holds_more_than_the_limit(pauses: list[float], limit: int) -> None:
    clock = Clock()
    windows = LocalWindows(clock)
    passed: list[float] = []
    for pause in pauses:
        clock.now += pause
        if windows.hit("ann", limit=limit, window=60).allowed:
            passed.append(clock.now)
    for start in passed:
        assert sum(start <= moment < start + 60 for moment in passed) <= limit
