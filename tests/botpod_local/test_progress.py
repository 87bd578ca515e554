"""A waiting person learns what is going on and how long it usually takes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botpod_local.progress import Durations, Progress, fraction, spoken

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = st.floats(min_value=0.01, max_value=100_000)


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> Clock:
    return Clock()


def shows(path: Path, stream: io.StringIO, clock: Clock) -> Progress:
    return Progress(durations=Durations(path / "durations.json"), stream=stream, clock=clock)


def test_elsewhere_than_on_a_terminal_a_step_is_two_plain_lines(tmp_path: Path, clock: Clock) -> None:
    stream = io.StringIO()

    with shows(tmp_path, stream, clock).step("building etcd", key="etcd", guess_s=90):
        clock.now += 75

    assert stream.getvalue() == ("building etcd (usually 1 min 30 s)\nbuilding etcd: done in 1 min 15 s\n")


def test_what_a_step_took_is_what_it_usually_takes_the_next_time(tmp_path: Path, clock: Clock) -> None:
    with shows(tmp_path, io.StringIO(), clock).step("building", key="etcd", guess_s=90):
        clock.now += 12
    stream = io.StringIO()

    with shows(tmp_path, stream, clock).step("building", key="etcd", guess_s=90):
        assert "usually 12 s" in stream.getvalue()


def test_a_step_that_fails_is_not_remembered(tmp_path: Path, clock: Clock) -> None:
    progress = shows(tmp_path, io.StringIO(), clock)

    def fails() -> None:
        with progress.step("building", key="etcd", guess_s=90):
            clock.now += 12
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()

    assert Durations(tmp_path / "durations.json").usual("etcd", 90) == 90


def test_a_terminal_gets_a_bar_and_keeps_the_last_line(tmp_path: Path, clock: Clock) -> None:
    stream = Terminal()
    progress = shows(tmp_path, stream, clock)

    with progress.step("building etcd", key="etcd", guess_s=90):
        progress.say("a remark")
        with progress.step("installing Go", key="go", guess_s=10):
            pass

    shown = stream.getvalue()
    assert "━" in shown
    assert "of usually 1 min 30 s" in shown
    assert "a remark" in shown
    assert "building etcd: done in" in shown


def test_remembered_durations_that_can_not_be_read_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "durations.json"
    path.write_text("{", encoding="utf-8")

    assert Durations(path).usual("etcd", 7) == 7
    Durations(path).remember("etcd", 8)
    assert Durations(path).usual("etcd", 7) == 8


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
