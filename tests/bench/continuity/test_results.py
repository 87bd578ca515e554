"""What the bench says of a verdict."""

from __future__ import annotations

from continuity.gaps import Mark
from continuity.made_up import MadeUp
from continuity.verdict import judge
from lag import Stall
from results import Result, figures, longest, totals


def told(name: str, *, needed: int = 0) -> Result:
    """A story of three questions, one unanswered, one answered twice; the session was begun twice."""
    record = MadeUp()
    record.ready(0.0, "a")
    asked = [record.ask(float(at)) for at in (1, 2, 3)]
    record.answer(1.1, asked[0])
    record.answer(2.1, asked[1])
    record.answer(2.2, asked[1])
    record.close(5.0, "a")
    record.ready(5.7, "b")
    marks = [Mark(at=4.5, name="SIGKILL", planned=False)]
    return Result(name=name, verdict=judge(record.entries, marks=marks), needed=needed)


def test_a_story_has_its_name_in_its_figures() -> None:
    found = {one.name: round(one.value, 3) for one in figures(told("kill"))}
    assert (found["lost_kill"], found["twice_kill"], found["identifies_kill"]) == (1, 1, 2)
    assert found["gap_unplanned_kill_p99_s"] == found["gap_unplanned_kill_unheard_p99_s"] == 0.7
    assert "gap_kill_p99_s" not in found


def test_all_in_all_needed_identifies_are_no_extra_ones() -> None:
    found = {one.name: one.value for one in totals([told("kill"), told("reset", needed=1)])}
    assert (found["lost"], found["twice"]) == (2, 2)
    assert (found["identifies"], found["identifies_extra"]) == (2, 1)
    assert round(found["gap_kill_p99_s"], 3) == 0.7


def test_the_longest_gaps_are_told_with_what_was_done() -> None:
    told_of = "0.70 s (unheard 0.70) after SIGKILL number 1, 0 s from the first, guild 0"
    assert longest(told("kill")) == [told_of]
    before = Stall(1.0, 9.0)
    assert longest(told("kill"), [before]) == [told_of]
    beside = f"{told_of}; the stand-in did nothing for 0.40 s"
    assert longest(told("kill"), [before, Stall(5.4, 0.2), Stall(5.6, 0.4)]) == [beside]
