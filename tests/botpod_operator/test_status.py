"""The status is a function of what was found: right from the first visit, and it never flaps."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from samples import DELIVERY, effective_bot, identity

from botpod_operator.api.status import BotInstanceStatus
from botpod_operator.credentials.delivery import Outcome
from botpod_operator.credentials.port import Verdict
from botpod_operator.errors import CredentialsUnusable
from botpod_operator.policies import Problem
from botpod_operator.reporting.conditions import BASE
from botpod_operator.reporting.facts import Facts
from botpod_operator.reporting.notes import notes
from botpod_operator.reporting.status import status
from botpod_operator.watch.rollout import Rollout

KINDS = ["Ready", *BASE]
SHARED = {"redis": {"url": "redis://r:6379/0"}, "postgresql": {"url": "postgresql://b@p/b"}}
DELIVERED = DELIVERY.__replace__(
    verdict=Verdict(accepted=True, verified=False, reason="NotVerifiedYet", message="delivered")
)

PROBLEMS = st.sampled_from(
    [Problem(reason="UnknownSkill", message="a."), Problem(reason="NameTaken", message="b.")]
)
ROLLOUTS = st.builds(
    Rollout,
    wanted=st.integers(0, 3),
    replicas=st.integers(0, 3),
    updated=st.integers(0, 3),
    ready=st.integers(0, 3),
    available=st.integers(0, 3),
    current=st.booleans(),
    stalled=st.none() | st.just("too slow"),
    blocked=st.none() | st.just("quota"),
)
OUTCOMES = st.builds(
    Outcome,
    delivery=st.none() | st.just(DELIVERED),
    problem=st.builds(
        CredentialsUnusable,
        st.sampled_from(["VaultSealed", "KeyMissing"]),
        st.just("because."),
        certain=st.booleans(),
    ),
) | st.just(Outcome(delivery=DELIVERED))
EFFECTIVE = [
    effective_bot(),
    effective_bot(class_spec={"state": SHARED}),
    effective_bot(spec={"suspend": True}),
]


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Draw what a look may find: refused, or accepted with credentials looked at."""
    rollout = draw(st.none() | ROLLOUTS)
    generation = draw(st.integers(1, 5))
    if draw(st.booleans()):
        problems = draw(st.lists(PROBLEMS, min_size=1, max_size=2))
        return Facts(generation=generation, problems=tuple(problems), rollout=rollout)
    return Facts(
        generation=generation,
        effective=draw(st.sampled_from(EFFECTIVE)),
        outcome=draw(OUTCOMES),
        rollout=rollout,
    )


def _after(found: Facts, before: BotInstanceStatus, now: str) -> BotInstanceStatus:
    return status(identity=identity(), facts=found, before=before, now=now)


def _by_type(found: BotInstanceStatus) -> dict[str, tuple[str, str, str]]:
    return {c.type: (c.status, c.reason, c.last_transition_time) for c in found.conditions or ()}


@settings(deadline=None)
@given(st.lists(facts(), min_size=1, max_size=6))
def test_any_order_of_looks(looks: list[Facts]) -> None:
    statuses = [BotInstanceStatus()]
    for number, found in enumerate(looks):
        after = _after(found, statuses[-1], f"2026-01-01T00:00:{number:02}Z")
        assert [condition.type for condition in after.conditions or ()] == KINDS
        assert {condition.observed_generation for condition in after.conditions or ()} == {found.generation}
        assert after.observed_generation == found.generation
        # The same look again changes nothing and tells nothing.
        assert _after(found, after, "2030-01-01T00:00:00Z") == after
        assert notes(after, after) == ()
        statuses.append(after)
    for before, after in pairwise(statuses[1:]):
        for kind, (truth, _, since) in _by_type(after).items():
            old_truth, _, old_since = _by_type(before)[kind]
            assert (since == old_since) == (truth == old_truth)


@settings(deadline=None)
@given(facts())
def test_ready_says_no_more_than_the_others(found: Facts) -> None:
    conditions = _by_type(_after(found, BotInstanceStatus(), "2026-01-01T00:00:00Z"))
    if conditions["Ready"][0] == "True":
        assert conditions["Accepted"][0] == "True"
        assert conditions["Available"][0] == "True"
        assert conditions["CredentialsVerified"][0] != "False"
        assert found.outcome is not None
        assert found.outcome.delivery is not None
    else:
        # It gives the reason of the condition that is in the way.
        assert conditions["Ready"][1] in {conditions[kind][1] for kind in BASE}


def test_what_was_delivered_stays_in_the_status_while_something_is_refused() -> None:
    good = _after(
        Facts(generation=1, effective=EFFECTIVE[0], outcome=Outcome(delivery=DELIVERED)),
        BotInstanceStatus(),
        "2026-01-01T00:00:00Z",
    )
    refused = Facts(generation=2, problems=(Problem(reason="UnknownSkill", message="no."),))
    after = _after(refused, good, "2026-01-01T00:00:01Z")
    assert after.credentials == good.credentials
    assert after.effective == good.effective
    assert _by_type(after)["CredentialsVerified"][1] == "NotVerifiedYet"


def test_a_refused_change_of_a_running_bot_is_told_once_and_its_solution_too() -> None:
    rollout = Rollout(
        wanted=1, replicas=1, updated=1, ready=1, available=1, current=True, stalled=None, blocked=None
    )
    fine = Facts(generation=1, effective=EFFECTIVE[0], outcome=Outcome(delivery=DELIVERED), rollout=rollout)
    refused = Facts(generation=2, problems=(Problem(reason="UnknownSkill", message="no."),), rollout=rollout)
    first = _after(fine, BotInstanceStatus(), "2026-01-01T00:00:00Z")
    second = _after(refused, first, "2026-01-01T00:00:01Z")
    third = _after(fine, second, "2026-01-01T00:00:02Z")
    assert [note.reason for note in notes(BotInstanceStatus(), first)] == [
        "PodsAvailable",
        "CredentialsDelivered",
    ]
    assert [(note.kind, note.reason) for note in notes(first, second)] == [("Warning", "UnknownSkill")]
    assert [(note.kind, note.message) for note in notes(second, third)] == [("Normal", "Solved: no.")]
