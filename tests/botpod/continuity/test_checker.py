"""The checker finds every kind of failure that is planted in a record, and nothing where all went well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from continuity.gaps import Mark
from continuity.made_up import MadeUp
from continuity.messages import LOADING
from continuity.sessions import held, unheard
from continuity.transcript import Transcript
from continuity.verdict import judge
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from continuity.verdict import Verdict

PERSONS, CHANNELS = ("1", "2"), ("10", "11")


@dataclass
class Told:
    """A made-up story in which everything is answered, and whose parts can be spoiled."""

    record: MadeUp
    asked: list[str]
    answers: dict[str, str]

    @property
    def verdict(self) -> Verdict:
        return judge(self.record.entries)

    def move(self, message: str, at: float) -> None:
        """Let a message have come at another moment."""
        self.record.happened = [
            (at if more.get("id") == message else when, kind, more)
            for when, kind, more in self.record.happened
        ]

    def at(self, message: str) -> float:
        return next(when for when, _, more in self.record.happened if more.get("id") == message)


@st.composite
def told(draw: st.DrawFn) -> Told:
    """A record of questions in some conversations, each conversation answered in order, with delays."""
    record, asked, answers = MadeUp(), [], {}
    free: dict[tuple[str, str], float] = {}
    for number in range(draw(st.integers(2, 12))):
        person, channel = draw(st.sampled_from(PERSONS)), draw(st.sampled_from(CHANNELS))
        question = record.ask(float(number), person=person, channel=channel)
        asked.append(question)
        earliest = max(float(number), free.get((person, channel), 0.0))
        free[person, channel] = earliest + draw(st.floats(0.01, 5.0))
        answers[question] = record.answer(free[person, channel], question, channel=channel)
    return Told(record, asked, answers)


@given(told())
def test_where_all_is_answered_there_is_nothing_to_complain_of(told: Told) -> None:
    assert told.verdict.complaints() == []
    assert told.verdict.asked == len(told.asked)


@given(told(), st.data())
def test_a_missing_answer_is_found(told: Told, data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(told.asked))
    answer = told.answers[question]
    told.record.happened = [one for one in told.record.happened if one[2].get("id") != answer]
    assert [one.id for one in told.verdict.lost] == [question]
    assert len(told.verdict.complaints()) == 1


@given(told(), st.data())
def test_an_answer_that_was_taken_away_is_none(told: Told, data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(told.asked))
    told.record.delete(100.0, told.answers[question])
    assert [one.id for one in told.verdict.lost] == [question]


@given(told(), st.data())
def test_a_second_answer_is_found_also_if_it_is_taken_away(told: Told, data: st.DataObject) -> None:
    question = data.draw(st.sampled_from(told.asked))
    again = told.record.answer(100.0, question)
    if data.draw(st.booleans()):
        told.record.delete(101.0, again)
    assert [one.id for one in told.verdict.twice] == [question]
    assert len(told.verdict.complaints()) == 1


@given(told(), st.data())
def test_an_answer_after_a_later_one_is_found_within_a_conversation_only(
    told: Told, data: st.DataObject
) -> None:
    question = data.draw(st.sampled_from(told.asked))
    told.move(told.answers[question], 100.0)
    details = {more["id"]: more for _, _, more in told.record.happened}
    own = (details[question]["author_id"], details[question]["channel_id"])
    later = [
        one
        for one in told.asked[told.asked.index(question) + 1 :]
        if (details[one]["author_id"], details[one]["channel_id"]) == own
    ]
    assert [one.id for one in told.verdict.out_of_order] == ([question] if later else [])


@given(told())
def test_what_is_said_to_nobody_is_found(told: Told) -> None:
    message = told.record.answer(100.0, None)
    assert [one.id for one in told.verdict.stray] == [message]


def test_an_answer_that_broke_off_is_found_and_one_that_was_finished_by_an_edit_is_not() -> None:
    record = MadeUp()
    broken, finished, waiting = (record.ask(float(at)) for at in range(3))
    record.answer(3.0, broken, content="hel")
    written = record.answer(4.0, finished, content="hel")
    record.edit(5.0, written, "hello")
    record.answer(6.0, waiting, content="hello", flags=LOADING)

    verdict = judge(record.entries, expected=lambda _: "hello")

    assert [one.id for one in verdict.unfinished] == [broken, waiting]
    assert not verdict.lost


# Interactions


@given(seconds=st.floats(0.0, 3.0), defer=st.booleans())
def test_an_interaction_that_is_answered_or_deferred_in_time_is_fine(seconds: float, *, defer: bool) -> None:
    record = MadeUp()
    message = record.respond(10.0 + seconds, record.command(10.0), defer=defer)
    if defer:
        record.edit(60.0, message, "yes")
    assert judge(record.entries).complaints() == []


@given(st.floats(3.01, 100.0))
def test_a_late_one_is_found(seconds: float) -> None:
    record = MadeUp()
    record.respond(10.0 + seconds, record.command(10.0))
    verdict = judge(record.entries)
    assert (len(verdict.late), len(verdict.lost_commands)) == (1, 0)


def test_an_interaction_without_any_answer_is_late_and_lost() -> None:
    record = MadeUp()
    record.command(10.0)
    verdict = judge(record.entries)
    assert (len(verdict.late), len(verdict.lost_commands)) == (1, 1)


def test_one_that_discord_could_send_to_nobody_is_told_apart() -> None:
    record = MadeUp()
    sent, unsent = record.command(10.0), record.command(10.0, session=None)
    verdict = judge(record.entries)
    assert [one.id for one in verdict.lost_commands] == [sent, unsent]
    assert [one.id for one in verdict.unsent_commands] == [unsent]


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_deferral_that_nothing_followed_is_lost(*, withdrawn: bool) -> None:
    record = MadeUp()
    message = record.respond(10.0, record.command(10.0), defer=True)
    if withdrawn:
        record.delete(11.0, message)
    verdict = judge(record.entries)
    assert (len(verdict.late), len(verdict.lost_commands)) == (0, 1)


def test_an_interaction_that_is_answered_twice_is_found() -> None:
    record = MadeUp()
    interaction = record.command(10.0)
    record.respond(10.5, interaction)
    record.answer(11.0, None, interaction=interaction)
    assert len(judge(record.entries).commands_twice) == 1


def test_what_was_sent_again_but_appeared_once_is_counted_not_complained_of() -> None:
    record = MadeUp()
    message = record.answer(2.0, record.ask(1.0))
    route = {"method": "POST", "status": 200, "code": None}
    for at in (2.0, 3.0):
        record.note(at, "request", route="/channels/{channel_id}/messages", answer_id=message, **route)
    callback = "/interactions/{interaction_id}/{interaction_token}/callback"
    record.note(4.0, "request", **{**route, "route": callback, "code": 40060, "answer_id": None})
    verdict = judge(record.entries)
    assert (verdict.repeated, verdict.complaints()) == (2, [])


# Sessions and gaps


def test_identifies_resumes_and_refusals_are_counted_from_where_the_story_begins() -> None:
    record = MadeUp()
    record.ready(1.0, "a")
    record.ask(2.0)
    begin = len(record.entries)
    record.note(3.0, "resume", outcome="unknown session", session_id="a", seq=1, path="/")
    record.invalid(3.0, None, resumable=False)
    record.ready(4.0, "b")
    found = judge(record.entries, begin=begin).starts
    assert (dict(found.identifies), dict(found.resumes)) == ({"started": 1}, {"unknown session": 1})
    assert (found.elsewhere, found.invalid) == (1, 1)


def test_a_guild_is_unheard_between_two_sessions_only() -> None:
    record = MadeUp()
    record.ready(1.0, "a", (1, 2))
    record.close(5.0, "a")
    record.resumed(5.5, "a", (1, 2))
    # Another session hears the guild before the first is over; an older connection's end means nothing.
    record.ready(7.0, "b", (3, 4))
    record.close(7.5, "a", had_it=False)
    record.invalid(8.0, "a", resumable=False)
    record.close(9.0, "b")
    stretches = held(record.entries)
    assert unheard(stretches, 3 << 22) == [(5.0, 5.5), (9.0, float("inf"))]
    assert unheard(stretches, 1 << 22) == [(5.0, 5.5), (8.0, float("inf"))]
    assert unheard(stretches, None) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 50), st.floats(0.1, 20)), max_size=30))
def test_nobody_is_unheard_while_a_session_hears_them(sessions: list[tuple[int, float, float]]) -> None:
    record = MadeUp()
    for number, (shard, begin, lasts) in enumerate(sessions):
        record.ready(begin, str(number), (shard % 4, 4))
        record.close(begin + lasts, str(number))
    stretches = held(record.entries)
    for guild in range(4):
        heard = [one for one in stretches if one.hears(guild << 22)]
        for begin, end in unheard(stretches, guild << 22):
            middle = (begin + min(end, begin + 1000)) / 2
            assert not any(one.begin <= middle < one.end for one in heard)
            assert any(one.end == begin for one in heard)


def test_a_gap_is_what_the_sessions_or_the_askers_show_whichever_is_longer() -> None:
    record, guilds = MadeUp(), (0, 1 << 22)
    for shard in (0, 1):
        record.ready(0.0, f"s{shard}", (shard, 2))
    for at in range(1, 20):
        for guild in guilds:
            record.answer(at + 0.1, record.ask(float(at), guild=guild), guild=guild)
    # Shard 0 hears nobody for 2 s; shard 1 changes hands at once, but somebody waits 3 s longer than usual.
    record.close(30.0, "s0")
    record.close(30.0, "s1")
    record.resumed(30.0, "s1", (1, 2))
    record.answer(33.5, record.ask(30.4, guild=guilds[1]), guild=guilds[1])
    record.resumed(32.0, "s0", (0, 2))
    mark = Mark(at=29.9, name="stop", planned=True)

    found = judge(record.entries, marks=[mark]).gaps

    assert [(gap.guild_id, round(gap.unheard, 3), round(gap.waited, 3)) for gap in found] == [
        (guilds[0], 2.0, 0.0),
        (guilds[1], 0.0, 3.0),
    ]
    assert [round(gap.seconds, 3) for gap in found] == [2.0, 3.0]


def test_a_guild_whose_sessions_were_not_met_has_no_gap() -> None:
    record = MadeUp()
    record.ready(0.0, "a", (0, 2))
    record.ready(0.0, "b", (1, 2))
    for guild in (0, 1 << 22):
        record.answer(2.0, record.ask(1.0, guild=guild), guild=guild)
    record.close(5.0, "a")
    found = judge(record.entries, marks=[Mark(at=4.0, name="kill", planned=False)]).gaps
    assert [gap.guild_id for gap in found] == [0]


def test_a_record_with_a_hole_is_not_judged() -> None:
    transcript = Transcript()
    transcript.add([{"n": 1}, {"n": 2}])
    with pytest.raises(ValueError, match="lost what happened between 2 and 4"):
        transcript.add([{"n": 4}])
