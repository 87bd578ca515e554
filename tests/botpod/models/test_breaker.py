"""The circuit breaker as a state machine, driven through every order of events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from botpod.models.breaker import Breaker, Circuit, Policy

POLICY = Policy(failures=3, cool_down=10, longest=40, probe=60)


class Machine(RuleBasedStateMachine):
    """Requests begin, take their time and end in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now = 0.0
        self.running: list[Circuit] = []
        self.row = 0

    @rule(seconds=st.floats(0, 50))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def a_request_wants_to_begin(self) -> None:
        before = self.breaker.circuit(self.now, POLICY)
        probing = self.breaker.probing_since
        self.breaker, admitted = self.breaker.admit(self.now, POLICY)
        if before is Circuit.CLOSED:
            assert admitted
        elif before is Circuit.OPEN:
            assert not admitted
        else:
            waiting = probing is not None and self.now - probing < POLICY.probe
            assert admitted is not waiting, "one probe at a time, and never none for ever"
        if admitted:
            self.running.append(before)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def a_request_succeeds(self, data: st.DataObject) -> None:
        self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
        self.breaker = self.breaker.succeeded()
        self.row = 0
        assert self.breaker.circuit(self.now, POLICY) is Circuit.CLOSED

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def a_request_fails(self, data: st.DataObject) -> None:
        self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
        was_closed = self.breaker.circuit(self.now, POLICY) is Circuit.CLOSED
        self.breaker = self.breaker.failed(self.now, POLICY)
        if was_closed:
            self.row += 1
            closed = self.breaker.circuit(self.now, POLICY) is Circuit.CLOSED
            assert closed == (self.row < POLICY.failures)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def a_request_is_abandoned(self, data: st.DataObject) -> None:
        self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
        before = self.breaker
        self.breaker = self.breaker.abandoned()
        assert self.breaker.circuit(self.now, POLICY) is before.circuit(self.now, POLICY)

    @invariant()
    def the_wait_is_bounded(self) -> None:
        assert 0 <= self.breaker.wait(self.now, POLICY) <= POLICY.longest


TestMachine = Machine.TestCase


@given(openings=st.integers(1, 200))
def test_the_cool_down_doubles_up_to_its_bound(openings: int) -> None:
    breaker, now = Breaker(), 0.0
    for _ in range(POLICY.failures):
        breaker = breaker.failed(now, POLICY)
    waits = [breaker.wait(now, POLICY)]
    for _ in range(openings - 1):
        now += waits[-1]
        breaker, admitted = breaker.admit(now, POLICY)
        assert admitted
        breaker = breaker.failed(now, POLICY)
        waits.append(breaker.wait(now, POLICY))
    assert waits == [min(10.0 * 2**number, 40.0) for number in range(openings)]


def test_a_failure_begun_before_it_opened_does_not_prolong_it() -> None:
    breaker = Breaker()
    for _ in range(POLICY.failures):
        breaker = breaker.failed(0, POLICY)
    assert breaker.failed(9.0, POLICY).wait(9.0, POLICY) == breaker.wait(9.0, POLICY) == 1.0
