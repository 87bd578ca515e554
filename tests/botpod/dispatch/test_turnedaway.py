"""Whoever finds no room is named once, however many there are and whatever Discord does meanwhile."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st

from botpod.dispatch import turnedaway
from botpod.dispatch.turnedaway import MOST_NAMED, Gathered, Turned, TurnedAway
from botpod.errors import BotpodError, Rejected, Transient
from botpod.events import Author, MessageEvent, Place
from botpod.inbox.local import LocalInbox
from botpod.inbox.port import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.dispatch.port import EventPort


class Way:
    """The way back to a channel: notices, as people see them, or what Discord answers instead."""

    def __init__(self, *answers: BotpodError) -> None:
        self.answers = list(answers)
        self.notices: list[str] = []
        self.asked = 0

    async def notice(self, content: str) -> None:
        self.asked += 1
        if self.answers:
            raise self.answers.pop(0)
        assert len(content) <= 2000
        self.notices.append(content)

    async def close(self, *, leave: bool = False) -> None: ...

    def named(self) -> Counter[int]:
        return Counter(int(one) for text in self.notices for one in re.findall("<@([0-9]+)>", text))


def turned(number: int, *, by: int, way: Callable[[], EventPort]) -> Turned:
    event = MessageEvent(
        id=number, place=Place(channel_id=1, guild_id=1), author=Author(id=by, name="ada"), content="hi"
    )
    return Turned(event=event, open=way, entry=None)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnedaway, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(turnedaway, "EVERY_SECONDS", 0.001)


@given(st.lists(st.tuples(st.integers(1, 300), st.booleans()), min_size=1, max_size=900))
def test_everybody_is_named_and_what_is_kept_is_given_back_once(coming: list[tuple[int, bool]]) -> None:
    gathered = Gathered()
    kept = [
        number
        for number, (person, full) in enumerate(coming)
        if gathered.add(turned(number, by=person, way=None), full=full)  # type: ignore[arg-type] # not sent
    ]
    named: list[int] = []
    messages: list[int] = []
    while gathered.people:
        people, group = gathered.next()
        assert group
        assert len(people) <= MOST_NAMED
        named += people
        messages += [one.event.id for one in group]

    assert Counter(named) == Counter({person for person, _ in coming})
    assert sorted(messages) == kept


@pytest.mark.attack("dropped_in_silence")
async def test_of_more_than_are_kept_each_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnedaway, "MOST_GATHERED", 100)
    way, ledger = Way(), LocalInbox(clock=asyncio.get_running_loop().time)
    away = TurnedAway(ledger)
    for number in range(1, 501):
        away.add(turned(number, by=number, way=lambda: way))  # type: ignore[arg-type,return-value] # all it uses

    await eventually(lambda: way.named() == Counter(range(1, 501)))
    assert [await ledger.claim(str(number)) for number in range(1, 501)] == [Claim.DONE] * 500
    await away.stop()


@pytest.mark.parametrize(
    ("answers", "asked", "notices"),
    [
        ([Transient("later")], 2, 1),
        ([Transient("later")] * 9, turnedaway.MOST_TRIES, 0),
        ([Rejected("no")] * 9, 1, 0),
    ],
    ids=["passes", "stays", "refused"],
)
async def test_a_notice_that_fails_is_tried_a_few_times_and_once_for_all(
    answers: list[BotpodError], asked: int, notices: int
) -> None:
    way, ledger = Way(*answers), LocalInbox(clock=asyncio.get_running_loop().time)
    away = TurnedAway(ledger)
    for number in range(1, 41):
        away.add(turned(number, by=number, way=lambda: way))  # type: ignore[arg-type,return-value] # all it uses

    async def settled() -> bool:
        return await ledger.claim("40") is Claim.DONE

    await eventually(lambda: way.asked == asked)
    await eventually(settled)
    assert (way.asked, len(way.notices)) == (asked, notices)
    await away.stop()


async def test_what_was_not_told_of_is_left_to_the_next_owner() -> None:
    way, ledger = Way(), LocalInbox(clock=asyncio.get_running_loop().time)
    away = TurnedAway(ledger)
    for number in range(1, 4):
        away.add(turned(number, by=number, way=lambda: way))  # type: ignore[arg-type,return-value] # all it uses
    await away.stop()

    assert way.notices == []
    assert [await ledger.claim(str(number)) for number in range(1, 4)] == [Claim.OURS] * 3
