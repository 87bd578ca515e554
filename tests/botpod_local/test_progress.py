"""A waiting person learns what is going on and how long it usually takes."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from botpod_local.beat import every_half_minute
from botpod_local.estimate import Step
from botpod_local.progress import Durations, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

HALF_A_MINUTE = 30
ETCD = Step(what="building etcd", key="etcd", guess_s=60)
HELM = Step(what="building helm", key="helm", guess_s=70)


class Clock:
    """A clock that goes on when told to, and calls every half minute what is to be called so often."""

    def __init__(self) -> None:
        self.now = 0.0
        self._called: list[Callable[[], None]] = []

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            if not self.now % HALF_A_MINUTE:
                for call in self._called:
                    call()

    @contextmanager
    def beating(self, call: Callable[[], None]) -> Iterator[None]:
        self._called.append(call)
        yield
        self._called.remove(call)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> Clock:
    return Clock()


def shows(path: Path, stream: io.StringIO, clock: Clock) -> Progress:
    return Progress(
        durations=Durations(path / "durations.json"), stream=stream, clock=clock, beating=clock.beating
    )


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


def takes(progress: Progress, step: Step) -> AbstractContextManager[None]:
    return progress.step(step.what, key=step.key, guess_s=step.guess_s)


def test_elsewhere_than_on_a_terminal_a_long_step_says_every_half_minute_how_it_is_going(
    tmp_path: Path, clock: Clock
) -> None:
    stream = io.StringIO()

    with takes(shows(tmp_path, stream, clock), ETCD):
        clock.passes(75)

    assert stream.getvalue().splitlines() == [
        "building etcd (usually 1 min)",
        "building etcd: 30 s of usually 1 min",
        "building etcd: 1 min of usually 1 min",
        "building etcd: done in 1 min 15 s",
    ]


def test_what_was_announced_is_counted_down_over_all_steps(tmp_path: Path, clock: Clock) -> None:
    stream = io.StringIO()
    progress = shows(tmp_path, stream, clock)

    progress.expect([ETCD, HELM])
    with takes(progress, ETCD):
        clock.passes(60)
    with takes(progress, HELM):
        clock.passes(60)

    assert [line for line in stream.getvalue().splitlines() if "to go" in line] == [
        "about 2 minutes to go: building etcd (1 min), building helm (1 min 10 s)",
        "building etcd: 30 s of usually 1 min, about 2 minutes to go in all",
        "building etcd: 1 min of usually 1 min, about 80 s to go in all",
        "building helm: 30 s of usually 1 min 10 s, about 40 s to go in all",
        "building helm: 1 min of usually 1 min 10 s, about 20 s to go in all",
    ]


def test_an_announcement_takes_what_this_machine_remembers(tmp_path: Path, clock: Clock) -> None:
    Durations(tmp_path / "durations.json").remember("helm", 600)
    stream = io.StringIO()

    shows(tmp_path, stream, clock).expect([ETCD, HELM])

    assert stream.getvalue().startswith(
        "about 11 minutes to go: building etcd (1 min), building helm (10 min)"
    )


def test_where_nothing_is_to_come_nothing_is_announced(tmp_path: Path, clock: Clock) -> None:
    stream = io.StringIO()

    shows(tmp_path, stream, clock).expect([])

    assert stream.getvalue() == ""


def test_who_waits_for_another_process_sees_how_long_and_remembers_nothing(
    tmp_path: Path, clock: Clock
) -> None:
    stream = io.StringIO()
    progress = shows(tmp_path, stream, clock)

    with progress.waiting("waiting for the process that builds etcd", key="etcd", guess_s=60):
        clock.passes(30)

    assert stream.getvalue().splitlines() == [
        "waiting for the process that builds etcd (usually 1 min)",
        "waiting for the process that builds etcd: 30 s of usually 1 min",
    ]
    assert Durations(tmp_path / "durations.json").usual("etcd", 60) == 60


def test_a_terminal_has_a_bar_for_all_that_was_announced(tmp_path: Path, clock: Clock) -> None:
    stream = Terminal()
    progress = shows(tmp_path, stream, clock)

    progress.expect([ETCD, HELM])
    with takes(progress, ETCD):
        clock.passes(30)

    assert "all of it" in stream.getvalue()
    assert "about 2 minutes to go" in stream.getvalue()


def test_a_beat_comes_from_a_thread_that_ends_with_its_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botpod_local.beat.EVERY_S", 0.001)
    beaten = threading.Event()

    with every_half_minute(beaten.set):
        assert beaten.wait(10)

    assert "progress" not in {thread.name for thread in threading.enumerate()}
