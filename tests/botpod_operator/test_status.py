"""The status is a function of what was found: right from the first visit, and it never flaps."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from samples import DELIVERY, effective_bot, identity

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import Verdict
from botpod_operator.api.status import BotInstanceStatus, Condition
from botpod_operator.credentials.delivery import Outcome
from botpod_operator.policies import Problem
from botpod_operator.reporting.conditions import BASE
from botpod_operator.reporting.facts import Facts, Failure
from botpod_operator.reporting.notes import notes
from botpod_operator.reporting.status import status
from botpod_operator.usage.health import WELL, Health, Starts
from botpod_operator.usage.report import Report, Wanted, usage
from botpod_operator.usage.shards import Owned
from botpod_operator.watch.rollout import Rollout

KINDS = ["Ready", *BASE]
SHARED = {"redis": {"url": "redis://r:6379/0"}, "postgresql": {"url": "postgresql://b@p/b"}}
DELIVERED = DELIVERY.__replace__(
    verdict=Verdict(deliver=True, verified=False, settled=True, reason="VerificationOff", message="delivered")
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
    trial=st.none() | st.just(DELIVERY),
) | st.just(Outcome(delivery=DELIVERED))
USAGES = st.builds(
    usage,
    st.just(Wanted(delivery="d", revision="r")),
    st.dictionaries(
        st.sampled_from(["pod-a", "pod-b"]),
        st.none()
        | st.builds(
            Report,
            delivery=st.sampled_from([None, "d"]),
            revision=st.sampled_from([None, "r"]),
            problems=st.sampled_from([(), ("it is deleted.",)]),
            shards=st.none() | st.builds(Owned, total=st.just(2), shards=st.sampled_from([(), (0,), (0, 1)])),
        ),
    ),
)
HEALTH = st.sampled_from(
    [
        None,
        WELL,
        Health(pods=3, cut_off=1),
        Health(pods=3, cut_off=3),
        Health(pods=1, forgetful=True),
        Health(pods=1, starts=Starts(remaining=9, total=1000, until=1_800_000_000.0)),
    ]
)
FAILURES = st.sampled_from(
    [
        (),
        (Failure(reason="ReconcileFailed", message="the range is full."),),
        (Failure(reason="ChildRefused", message="the disk can't shrink."),),
    ]
)
EFFECTIVE = [
    effective_bot(),
    effective_bot(class_spec={"state": SHARED}),
    effective_bot(spec={"suspend": True}),
]


@st.composite
def looks(draw: st.DrawFn) -> list[Facts]:
    """Draw what one look after the other may find: edits, refusals, credentials and pods in any order."""
    found, generation = [], 1
    for _ in range(draw(st.integers(1, 8))):
        generation += draw(st.integers(0, 1))
        problems = draw(st.just([]) | st.lists(PROBLEMS, min_size=1, max_size=2))
        failures = () if problems else draw(FAILURES)
        early = bool(failures) and draw(st.booleans())
        found.append(
            Facts(
                generation=generation,
                problems=tuple(problems),
                failures=failures,
                held=bool(failures) and draw(st.booleans()),
                early=early,
                effective=None if problems or early else draw(st.sampled_from(EFFECTIVE)),
                outcome=None if problems or early else draw(st.none() | OUTCOMES),
                rollout=draw(st.none() | ROLLOUTS),
                usage=None if problems or early else draw(st.none() | USAGES),
                health=None if problems or early else draw(HEALTH),
            )
        )
    return found


def _time(number: int) -> str:
    return f"2026-01-01T00:00:{number:02}Z"


def _after(found: Facts, before: BotInstanceStatus, now: str) -> BotInstanceStatus:
    # As it comes back from the API server: an operator that starts anew knows no more than that.
    stored = before.model_dump(by_alias=True, exclude_none=True, mode="json")
    reread = BotInstanceStatus.model_validate(stored)
    return status(identity=identity(), facts=found, before=reread, now=now)


def _statuses(found: list[Facts]) -> list[BotInstanceStatus]:
    statuses = [BotInstanceStatus()]
    for number, facts in enumerate(found):
        statuses.append(_after(facts, statuses[-1], _time(number)))
    return statuses


def _by_type(found: BotInstanceStatus) -> dict[str, Condition]:
    return {condition.type: condition for condition in found.conditions or ()}


@given(looks())
def test_all_conditions_are_there_from_the_first_look_on(found: list[Facts]) -> None:
    for facts, after in zip(found, _statuses(found)[1:], strict=True):
        assert [condition.type for condition in after.conditions or ()][: len(KINDS)] == KINDS
        assert after.observed_generation == facts.generation


def test_pods_that_can_not_be_made_are_told_although_the_first_credentials_wait_for_one() -> None:
    pending = CredentialsUnusable("VerificationPending", "version 1 waits for a pod.", certain=False)
    waiting = Outcome(delivery=None, problem=pending, trial=DELIVERY)
    none = Rollout(
        wanted=1, replicas=0, updated=0, ready=0, available=0, current=True, stalled=None, blocked=None
    )
    bot = effective_bot(class_spec={"state": SHARED})
    told = {
        blocked: {
            condition.type: condition
            for condition in status(
                identity=identity(),
                facts=Facts(
                    generation=1,
                    effective=bot,
                    outcome=waiting,
                    rollout=none.__replace__(blocked=blocked),
                    health=WELL,
                ),
                before=BotInstanceStatus(),
                now="2026-01-01T00:00:00Z",
            ).conditions
            or ()
        }
        for blocked in (None, "must specify limits.cpu")
    }
    assert [told[None][kind].reason for kind in ("Ready", "Available")] == ["VerificationPending", "Starting"]
    for kind in ("Ready", "Available"):
        refused = told["must specify limits.cpu"][kind]
        assert (refused.status, refused.reason) == ("False", "PodsRefused")
        assert "limits.cpu" in refused.message


def test_what_keeps_pods_from_starting_is_told_by_every_condition_that_waits_for_them() -> None:
    report = Report(delivery=None, revision=None, problems=("version 3 is deleted.",))
    facts = Facts(
        generation=1,
        effective=effective_bot(),
        outcome=Outcome(delivery=DELIVERED),
        rollout=Rollout(
            wanted=1, replicas=1, updated=1, ready=0, available=0, current=True, stalled=None, blocked=None
        ),
        usage=usage(Wanted(delivery="d", revision="r"), {"a": report}),
    )
    told = _by_type(_after(facts, BotInstanceStatus(), _time(0)))
    for kind in ("Ready", "Available", "Progressing"):
        assert told[kind].message.endswith("The pods say: version 3 is deleted."), kind


@given(looks())
def test_the_same_look_again_changes_nothing_and_tells_nothing(found: list[Facts]) -> None:
    for facts, after in zip(found, _statuses(found)[1:], strict=True):
        assert _after(facts, after, "2030-01-01T00:00:00Z") == after
        assert notes(after, after) == ()


@given(looks())
def test_the_time_of_a_condition_moves_with_its_status_alone(found: list[Facts]) -> None:
    for number, (before, after) in enumerate(pairwise(_statuses(found))):
        known = _by_type(before)
        for kind, condition in _by_type(after).items():
            old = known.get(kind)
            same = old is not None and old.status == condition.status
            assert condition.last_transition_time == (old.last_transition_time if same else _time(number))


def _decided(kind: str, facts: Facts) -> bool:
    match kind:
        case "Accepted":
            return not facts.early
        case "CredentialsVerified":
            return facts.outcome is not None
        case "Continuity" | "Isolated":
            return facts.effective is not None
        case "Progressing" | "Reconciling" | "Stalled":
            return facts.made and facts.rollout is not None
        case "Available":
            return facts.made or facts.rollout is None
    return True


@given(looks())
def test_a_condition_says_for_which_generation_it_was_decided(found: list[Facts]) -> None:
    statuses = _statuses(found)
    for number, after in enumerate(statuses[1:], start=1):
        before = _by_type(statuses[number - 1])
        for kind, condition in _by_type(after).items():
            generation = condition.observed_generation or 0
            assert generation <= found[number - 1].generation
            if kind in before:
                assert generation >= (before[kind].observed_generation or 0)
            if condition.status != "Unknown":
                repeats = condition.reason in {"ChildRefused", "ReconcileFailed"}
                source = "Applied" if repeats else kind
                decided = [facts.generation for facts in found[:number] if _decided(source, facts)]
                assert generation == decided[-1]


@given(looks())
def test_who_waits_for_the_end_of_a_rollout_is_not_told_that_of_an_older_generation(
    found: list[Facts],
) -> None:
    for number, after in enumerate(_statuses(found)[1:], start=1):
        progress, newest = _by_type(after)["Progressing"], found[number - 1].generation
        if progress.status == "False" and progress.observed_generation == newest:
            assert any(facts.made and facts.generation == newest for facts in found[:number])


@given(looks())
def test_ready_says_no_more_than_the_others(found: list[Facts]) -> None:
    for facts, after in zip(found, _statuses(found)[1:], strict=True):
        conditions = _by_type(after)
        truths = {kind: condition.status for kind, condition in conditions.items()}
        assert conditions["Ready"].observed_generation == facts.generation
        if truths["Ready"] == "True":
            assert facts.applied or (facts.failures and not facts.refused)
            assert (truths["Accepted"], truths["Available"]) == ("True", "True")
            assert truths["CredentialsVerified"] != "False"
            for kind in set(KINDS) - {"CredentialsVerified"}:
                assert conditions[kind].observed_generation == facts.generation
        else:
            # It gives the reason of the condition that is in the way.
            assert conditions["Ready"].reason in {conditions[kind].reason for kind in BASE}


@given(looks())
def test_ready_is_lost_at_once_when_something_is_in_the_way(found: list[Facts]) -> None:
    for facts, after in zip(found, _statuses(found)[1:], strict=True):
        problem = facts.outcome.problem if facts.outcome else None
        no_pods = facts.rollout is None or facts.rollout.available == 0
        if facts.problems or no_pods or (problem is not None and problem.certain):
            assert _by_type(after)["Ready"].status == "False"


@given(looks())
def test_what_kstatus_reads_follows_progressing(found: list[Facts]) -> None:
    for after in _statuses(found)[1:]:
        conditions = _by_type(after)
        progress = conditions["Progressing"]
        reason = conditions["Applied"].reason
        moves, stuck = progress.status == "True", progress.reason == "Stalled"
        assert ("Reconciling" in conditions) == (moves or (reason == "ReconcileFailed" and not stuck))
        assert ("Stalled" in conditions) == (stuck or (reason == "ChildRefused" and not moves))
        for kind in conditions.keys() - set(KINDS):
            assert conditions[kind].status == "True"
            source = progress if moves or stuck else conditions["Applied"]
            assert conditions[kind].observed_generation == source.observed_generation


def test_a_refused_edit_leaves_the_pods_conditions_at_the_generation_they_are_of() -> None:
    rollout = Rollout(
        wanted=1, replicas=1, updated=1, ready=1, available=1, current=True, stalled=None, blocked=None
    )
    fine = Facts(generation=1, effective=EFFECTIVE[0], outcome=Outcome(delivery=DELIVERED), rollout=rollout)
    refused = Facts(generation=2, problems=(Problem(reason="UnknownSkill", message="no."),), rollout=rollout)
    gone = refused.__replace__(rollout=rollout.__replace__(available=0, ready=0))
    statuses = _statuses([fine, refused, gone])
    seen = [
        [(c[kind].status, c[kind].observed_generation) for kind in ("Ready", "Available", "Progressing")]
        for c in map(_by_type, statuses[1:])
    ]
    assert seen == [
        [("True", 1), ("True", 1), ("False", 1)],
        [("False", 2), ("True", 1), ("False", 1)],
        [("False", 2), ("False", 1), ("True", 1)],
    ]


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
    assert _by_type(after)["CredentialsVerified"].reason == "VerificationOff"


def test_a_refused_change_of_a_running_bot_is_told_once_and_its_solution_too() -> None:
    rollout = Rollout(
        wanted=1, replicas=1, updated=1, ready=1, available=1, current=True, stalled=None, blocked=None
    )
    fine = Facts(generation=1, effective=EFFECTIVE[0], outcome=Outcome(delivery=DELIVERED), rollout=rollout)
    refused = Facts(generation=2, problems=(Problem(reason="UnknownSkill", message="no."),), rollout=rollout)
    first = _after(fine, BotInstanceStatus(), "2026-01-01T00:00:00Z")
    second = _after(refused, first, "2026-01-01T00:00:01Z")
    third = _after(fine, second, "2026-01-01T00:00:02Z")
    assert [note.reason for note in notes(BotInstanceStatus(), first)] == ["CredentialsDelivered"]
    assert [(note.kind, note.reason) for note in notes(first, second)] == [("Warning", "UnknownSkill")]
    assert [(note.kind, note.message) for note in notes(second, third)] == [("Normal", "Solved: no.")]


def test_who_owns_which_shards_is_told_until_somebody_else_is_found_to() -> None:
    def look(**said: tuple[int, ...]) -> Facts:
        reports = {
            name: Report(delivery="d", revision="r", shards=Owned(total=4, shards=shards))
            for name, shards in said.items()
        }
        return Facts(
            generation=1,
            effective=effective_bot(),
            outcome=Outcome(delivery=DELIVERED),
            usage=usage(Wanted(delivery="d", revision="r"), reports) if said else None,
        )

    first = _after(look(a=(0, 1, 2), b=(3,)), BotInstanceStatus(), _time(0))
    assert first.shards is not None
    assert first.shards.model_dump() == {
        "total": 4,
        "owned": 4,
        "pods": ({"name": "a", "shards": "0-2"}, {"name": "b", "shards": "3"}),
    }
    assert _after(look(), first, _time(1)).shards == first.shards
    later = _after(look(a=(0, 1), b=(2, 3)), first, _time(2)).shards
    assert later is not None
    assert [pod.shards for pod in later.pods] == ["0-1", "2-3"]


ADMIN = {"passwordSecretRef": {"name": "admin"}}
OWN = {
    "redis": {"url": "redis://r:6379/0", "admin": ADMIN},
    "postgresql": {"url": "postgresql://pg/b", "admin": {"user": "admin", **ADMIN}},
}


def _isolated(
    state: dict[str, object], *, problem: CredentialsUnusable | None = None
) -> tuple[str, str, str]:
    facts = Facts(
        generation=1,
        effective=effective_bot(class_spec={"state": state}),
        outcome=Outcome(delivery=DELIVERED, problem=problem),
        health=WELL,
        rollout=Rollout(
            wanted=1, replicas=1, updated=1, ready=1, available=1, current=True, stalled=None, blocked=None
        ),
    )
    after = status(identity=identity(), facts=facts, before=BotInstanceStatus(), now="2026-01-01T00:00:00Z")
    told = _by_type(after)
    assert problem is not None or told["Ready"].status == "True"
    return told["Isolated"].status, told["Isolated"].reason, told["Isolated"].message


def test_bots_that_share_a_password_are_told_so_and_are_ready_all_the_same() -> None:
    truth, reason, message = _isolated(SHARED)
    assert (truth, reason) == ("False", "SharedPassword")
    assert "log in to Redis and PostgreSQL as one" in message
    truth, reason, message = _isolated({**SHARED, "redis": OWN["redis"]})
    assert (truth, reason) == ("False", "SharedPassword")
    assert "Redis" not in message


def test_bots_with_accounts_of_their_own_or_nothing_to_share_are_isolated() -> None:
    assert _isolated(OWN)[:2] == ("True", "OwnAccounts")
    assert _isolated({})[:2] == ("True", "NotShared")
    away = CredentialsUnusable("AccountServerUnreachable", "it can't be reached.", certain=False)
    assert _isolated(OWN, problem=away)[:2] == ("Unknown", "AccountServerUnreachable")
