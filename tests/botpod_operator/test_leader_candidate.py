"""The election as decisions: what to do with the Lease, and that two never lead at once."""

from __future__ import annotations

import datetime as dt

import pytest
from electiongame import EPOCH, PROCESSES, TERMS, Election, Luck
from hypothesis import given

from botpod_operator.leader import lease as leases
from botpod_operator.leader.candidate import Candidate, Lost, Read, Wait, Write


@given(processes=PROCESSES)
def test_two_never_lead_at_once_and_in_the_end_somebody_does(
    processes: list[tuple[float, int, float, list[Luck]]],
) -> None:
    election = Election(processes)
    for moment in election.play():
        leaders = election.leaders()
        assert len(leaders) <= 1, f"at {moment}: {leaders}"
    assert len(election.leaders()) == 1


def _lease(holder: str, version: int, *, seconds: int = TERMS.lease_seconds) -> leases.Lease:
    spec = {"holderIdentity": holder, "leaseDurationSeconds": seconds}
    return leases.lease_in({"metadata": {"resourceVersion": str(version)}, "spec": spec})


def _candidate() -> Candidate:
    return Candidate(identity="me", terms=TERMS, jitter=lambda _, most: most)


def _leader(now: float = 0.0) -> Candidate:
    candidate = _candidate()
    candidate.was_read(None, now=now)
    candidate.was_written(_lease("me", 1), begun=now, now=now)
    return candidate


def test_a_new_lease_is_made_at_once() -> None:
    candidate = _candidate()
    assert isinstance(candidate.step(0), Read)
    candidate.was_read(None, now=0)
    assert candidate.step(0) == Write(TERMS.call_seconds, None)


def test_a_released_lease_is_taken_at_the_next_look() -> None:
    candidate = _candidate()
    candidate.was_read(_lease("other", 1), now=0)
    assert candidate.step(0) == Wait(TERMS.look_seconds)
    candidate.was_read(_lease("", 2, seconds=1), now=1)
    assert isinstance(candidate.step(1), Write)


def test_a_renewed_lease_is_waited_for_anew() -> None:
    candidate = _candidate()
    candidate.was_read(_lease("other", 1), now=0)
    candidate.was_read(_lease("other", 2), now=9)
    candidate.was_read(_lease("other", 2), now=18.9)
    assert candidate.step(18.9) == Wait(pytest.approx(0.1))
    candidate.was_read(_lease("other", 2), now=19)
    assert isinstance(candidate.step(19), Write)


def test_a_leader_that_can_not_renew_stops_before_another_one_may_begin() -> None:
    candidate = _leader()
    begun = 2.0
    while isinstance(step := candidate.step(begun), Wait | Write):
        if isinstance(step, Write):
            candidate.failed(begun=begun, now=begun + step.within)
        begun += step.seconds if isinstance(step, Wait) else step.within
    assert isinstance(step, Lost)
    assert begun == TERMS.renew_seconds < TERMS.lease_seconds
    assert not candidate.leads(begun)


def test_one_hung_connection_leaves_time_for_another() -> None:
    candidate = _leader()
    candidate.failed(begun=2, now=2 + TERMS.call_seconds)
    step = candidate.step(5.3)
    assert isinstance(step, Write)
    assert step.within > 1


def test_a_write_of_its_own_that_came_through_unanswered_is_no_other_leader() -> None:
    candidate = _leader()
    candidate.failed(begun=2, now=5)
    candidate.was_outdated(now=5.5)
    candidate.was_read(_lease("me", 2), now=6)
    assert isinstance(candidate.step(6), Write)


@pytest.mark.parametrize("holder", ["other", ""])
def test_a_lease_taken_from_it_by_hand_is_lost_at_once(holder: str) -> None:
    candidate = _leader()
    candidate.was_outdated(now=2)
    candidate.was_read(_lease(holder, 9), now=2)
    assert not candidate.leads(2)
    assert isinstance(candidate.step(2), Lost)


def test_a_deleted_lease_is_its_leaders_to_make_anew() -> None:
    leader, other = _leader(), _candidate()
    other.was_read(_lease("me", 1), now=0)
    other.was_read(None, now=1)
    assert isinstance(other.step(1), Wait)
    leader.was_outdated(now=2)
    leader.was_read(None, now=2)
    assert leader.step(2) == Write(TERMS.call_seconds, None)


def test_who_takes_a_lease_is_counted_and_who_renews_it_is_not() -> None:
    new = leases.new(namespace="own", name="lease")
    first = leases.claimed(new, by="a", seconds=10, now=EPOCH)["spec"]
    assert first["leaseTransitions"] == 0
    assert first["acquireTime"] == first["renewTime"] == "2026-01-01T00:00:00.000000Z"
    again = leases.claimed({**new, "spec": first}, by="a", seconds=10, now=EPOCH + dt.timedelta(seconds=2))
    assert again["spec"] == {**first, "renewTime": "2026-01-01T00:00:02.000000Z"}
    taken = leases.claimed(again, by="b", seconds=10, now=EPOCH)
    assert taken["spec"]["leaseTransitions"] == 1


def test_the_terms_leave_no_overlap() -> None:
    assert TERMS.retry_seconds + TERMS.call_seconds < TERMS.renew_seconds < TERMS.lease_seconds


def test_who_leads_counts_from_the_beginning_of_the_call() -> None:
    candidate = _candidate()
    candidate.was_read(None, now=0)
    candidate.was_written(_lease("me", 1), begun=0, now=TERMS.call_seconds)
    assert candidate.leads(TERMS.renew_seconds - 0.01)
    assert not candidate.leads(TERMS.renew_seconds)


def test_a_first_write_that_came_through_unanswered_is_not_waited_for() -> None:
    candidate = _candidate()
    candidate.was_read(None, now=0)
    candidate.failed(begun=0, now=3)
    assert not candidate.leads(3)
    candidate.was_read(_lease("me", 1), now=4)
    assert isinstance(candidate.step(4), Write)
