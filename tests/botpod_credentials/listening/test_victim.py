"""Whose connection is closed where there are too many."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from botpod_credentials.listening.victim import Phase, victim


class One(NamedTuple):
    phase: Phase
    peer: str
    since: float


MANY = st.lists(
    st.builds(One, phase=st.sampled_from(Phase), peer=st.sampled_from("abc"), since=st.integers(0, 9)),
    max_size=12,
)
KEPT = {Phase.SERVED, Phase.IDLE}


@given(MANY)
def test_who_is_served_stays_and_who_is_idle_goes_last(connections: list[One]) -> None:
    chosen = victim(connections)
    if chosen is None:
        assert all(one.phase is Phase.SERVED for one in connections)
    else:
        assert chosen.phase is not Phase.SERVED
        assert chosen.phase is not Phase.IDLE or all(one.phase in KEPT for one in connections)


@given(MANY)
def test_it_is_the_oldest_of_the_address_that_has_most(connections: list[One]) -> None:
    chosen = victim(connections)
    if chosen is None:
        return
    alike = [one for one in connections if one.phase is not Phase.SERVED]
    alike = [one for one in alike if one.phase is not Phase.IDLE] or alike
    counts = {peer: sum(one.peer == peer for one in alike) for peer in "abc"}
    assert counts[chosen.peer] == max(counts.values())
    assert chosen.since == min(one.since for one in alike if one.peer == chosen.peer)


def test_a_probe_that_has_just_come_stays_whatever_the_others_do() -> None:
    probe = One(Phase.ASKING, "10.0.0.1", 9)
    for phase in (Phase.ASKING, Phase.SENDING, Phase.LEAVING, Phase.READING):
        assert victim([probe, One(phase, "10.0.0.1", 8)]) is not probe
    crowd = [One(Phase.ASKING, "10.0.0.9", 10)] * 2
    assert victim([probe, *crowd]) in crowd
