"""Servers take turns, and channels in them; nobody waits for a crowd elsewhere."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.guards.line import Line

if TYPE_CHECKING:
    from collections.abc import Hashable

PLACES = st.tuples(st.integers(0, 3).map(lambda n: f"server {n}"), st.integers(0, 3))
type Place = tuple[str, int]


def of(place: Place) -> tuple[str, str]:
    server, channel = place
    return server, f"{server}/{channel}"


def line_of(waiting: list[Place]) -> Line[tuple[Place, int]]:
    line: Line[tuple[Place, int]] = Line()
    for number, place in enumerate(waiting):
        line.add(*of(place), (place, number))
    return line


@given(st.lists(PLACES, max_size=60))
def test_everybody_has_a_turn_in_the_order_of_their_channel(waiting: list[Place]) -> None:
    line = line_of(waiting)
    turns = [line.take({}) for _ in range(len(line))]

    assert sorted(turns) == sorted((place, number) for number, place in enumerate(waiting))
    for place in set(waiting):
        mine = [number for where, number in turns if where == place]
        assert mine == sorted(mine)
    with pytest.raises(IndexError):
        line.take({})


@given(st.lists(PLACES, min_size=1, max_size=60), st.data())
def test_a_server_waits_for_one_turn_of_each_other_at_most(waiting: list[Place], data: st.DataObject) -> None:
    line = line_of(waiting)
    mine = data.draw(st.sampled_from(waiting))[0]
    others: Counter[str] = Counter()
    while True:
        (server, _), _ = line.take({})
        if server == mine:
            break
        others[server] += 1
    assert set(others.values()) <= {1}


@given(st.lists(PLACES, min_size=1, max_size=60), st.dictionaries(PLACES, st.integers(1, 9), max_size=8))
def test_whoever_has_least_of_what_is_served_is_next(waiting: list[Place], busy: dict[Place, int]) -> None:
    counts: Counter[Hashable] = Counter()
    for place, many in busy.items():
        server, channel = of(place)
        counts.update({server: many, channel: many})

    place, _ = line_of(waiting).take(counts)

    server, channel = of(place)
    assert counts[server] == min(counts[of(one)[0]] for one in waiting)
    assert counts[channel] == min(counts[of(one)[1]] for one in waiting if one[0] == place[0])


@given(st.lists(PLACES, min_size=1, max_size=30), st.data())
def test_who_gives_up_waits_no_more(waiting: list[Place], data: st.DataObject) -> None:
    line = line_of(waiting)
    number = data.draw(st.integers(0, len(waiting) - 1))
    one = (waiting[number], number)
    line.remove(*of(waiting[number]), one)

    assert one not in [line.take({}) for _ in range(len(line))]
    with pytest.raises(ValueError, match="does not wait"):
        line.remove(*of(waiting[number]), one)
