"""Delivery past the operator: what is tried, pinned, kept and remembered, with pods of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import effective_bot

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import Verdict
from botpod_operator.credentials.courier import Courier
from botpod_operator.credentials.direct import DirectCourier
from botpod_operator.credentials.patience import CERTAIN_FIRST, Patience
from botpod_operator.credentials.port import Found
from botpod_operator.credentials.wants import Sources
from botpod_operator.reporting.credentials import credentials, known
from botpod_operator.reporting.facts import Facts

if TYPE_CHECKING:
    from botpod_operator.api.status import CredentialStatus
    from botpod_operator.credentials.delivery import Outcome
    from botpod_operator.identity import BotKey
    from botpod_operator.usage.trials import Told

VAULT = {"address": "https://vault.test"}
BOT = effective_bot(
    spec={"credentials": {"vault": {"path": "bots/hello"}, "delivery": "Direct"}}, class_spec={"vault": VAULT}
)
MOVED = effective_bot(
    spec={"credentials": {"vault": {"path": "bots/other"}, "delivery": "Direct"}}, class_spec={"vault": VAULT}
)


def verdict(reason: str) -> Verdict:
    fine = reason in {"Verified", "VerificationPending"}
    return Verdict(
        deliver=fine,
        verified=reason == "Verified",
        settled=reason == "Verified",
        reason=reason,
        message="Discord said so",
        application_id="1001" if fine else None,
    )


class _Source:
    def __init__(self) -> None:
        self.version = "1"
        self.path = "bots/hello"
        self.trouble: CredentialsUnusable | None = None

    async def look(self) -> Found:
        if self.trouble is not None:
            raise self.trouble
        return Found(source=f"vault:secret/{self.path}", version=self.version)

    async def read(self, *_: object) -> Any:
        raise AssertionError("the operator read a value")


class _Trials:
    """A pod that answers when the test lets it."""

    def __init__(self) -> None:
        self.answer: Told | None = None
        self.asked: list[str] = []
        self.is_slow = False
        self._asking: str | None = None

    def told(self, _: BotKey, digest: str) -> Told | None:
        if self._asking != digest:
            self._asking = digest
            self.asked.append(digest)
            return None
        if self.answer is not None:
            self._asking = None
        return self.answer

    def slow(self, _: BotKey) -> bool:
        return self.is_slow

    def forget(self, _: BotKey) -> None:
        self._asking = None


class _Bench:
    def __init__(self) -> None:
        self.source, self.trials, self.now = _Source(), _Trials(), 1000.0
        self.status: CredentialStatus | None = None
        self.rotate: str | None = None
        self.restart()

    def restart(self) -> None:
        """Another process takes over; the status is all it has."""

        def patience() -> Patience:
            return Patience(clock=lambda: self.now)

        courier = Courier(keeper=None, verifier=None, patience=patience())  # type: ignore[arg-type]
        self.trials.forget(BOT.identity.key)
        self.courier = DirectCourier(courier=courier, trials=self.trials, patience=patience())

    async def look(self, bot: Any = BOT) -> Outcome:
        sources = Sources(own=self.source, rotate=self.rotate)
        outcome = await self.courier.look(bot, sources, known(self.status))
        facts = Facts(generation=1, effective=bot, outcome=outcome)
        self.status = credentials(facts, self.status, now="2026-01-01T00:00:00Z")
        return outcome

    async def tried(self, answer: Told) -> Outcome:
        """Have the newest version tried, and return what a look after that says."""
        await self.look()
        self.trials.answer = answer
        outcome = await self.look()
        self.trials.answer = None
        return outcome

    @property
    def pinned(self) -> str | None:
        return self.status.version if self.status else None


@pytest.fixture
def bench() -> _Bench:
    return _Bench()


async def test_the_first_version_is_delivered_once_a_pod_has_tried_it(bench: _Bench) -> None:
    outcome = await bench.look()
    assert (outcome.delivery, outcome.trial and outcome.trial.version) == (None, "1")
    assert outcome.problem is not None
    assert outcome.problem.reason == "VerificationPending"
    outcome = await bench.tried(verdict("Verified"))
    assert outcome.delivery is not None
    assert (outcome.delivery.version, outcome.trial, outcome.problem) == ("1", None, None)
    assert (await bench.look()).trial is None
    assert len(bench.trials.asked) == 1


async def test_the_pods_keep_what_they_have_while_the_newest_is_tried_and_nobody_is_alarmed(
    bench: _Bench,
) -> None:
    await bench.tried(verdict("Verified"))
    bench.source.version = "2"
    outcome = await bench.look()
    assert outcome.delivery is not None
    assert (outcome.delivery.version, outcome.problem) == ("1", None)
    assert outcome.trial is not None
    assert outcome.trial.version == "2"
    bench.trials.is_slow = True
    outcome = await bench.look()
    assert outcome.problem is not None
    assert "version 2 waits for a pod" in str(outcome.problem)


async def test_a_refused_version_is_asked_about_once_and_then_seldom_over_restarts(bench: _Bench) -> None:
    await bench.tried(verdict("Verified"))
    bench.source.version = "2"
    outcome = await bench.tried(verdict("CredentialRefused"))
    assert (bench.pinned, outcome.refusal and outcome.refusal.version) == ("1", "2")
    asked = len(bench.trials.asked)
    bench.restart()
    for _ in range(5):
        outcome = await bench.look()
        assert outcome.refusal is not None
    assert len(bench.trials.asked) == asked
    bench.now += CERTAIN_FIRST * 1.3
    outcome = await bench.look()
    assert len(bench.trials.asked) == asked + 1
    # What was found stands while somebody is asked again.
    assert outcome.refusal is not None
    assert outcome.problem is not None
    assert outcome.problem.reason == "CredentialRefused"
    bench.trials.answer = verdict("Verified")
    assert (await bench.look()).delivery is not None
    assert bench.pinned == "2"


async def test_another_process_knows_what_is_pinned_and_has_nothing_tried(bench: _Bench) -> None:
    await bench.tried(verdict("Verified"))
    first = await bench.look()
    bench.restart()
    assert await bench.look() == first
    assert len(bench.trials.asked) == 1


async def test_what_a_pod_could_not_read_is_told_and_tried_again_later(bench: _Bench) -> None:
    await bench.tried(verdict("Verified"))
    bench.source.version = "2"
    outcome = await bench.tried(CredentialsUnusable("VaultPermissionDenied", "denied", certain=True))
    assert outcome.problem is not None
    assert (outcome.problem.reason, bench.pinned) == ("VaultPermissionDenied", "1")
    for _ in range(3):
        # It doesn't come and go while a pod is asked again.
        outcome = await bench.look()
        assert outcome.problem is not None
        assert outcome.problem.reason == "VaultPermissionDenied"
        bench.now += 60


async def test_a_doubted_first_version_is_delivered_and_tried_until_it_is_settled(bench: _Bench) -> None:
    outcome = await bench.tried(verdict("VerificationPending"))
    assert bench.pinned == "1"
    assert outcome.trial is not None
    bench.now += 60
    outcome = await bench.tried(verdict("Verified"))
    assert outcome.delivery is not None
    assert (outcome.trial, outcome.delivery.verdict) == (None, verdict("Verified"))


async def test_while_vault_is_away_the_pin_stands(bench: _Bench) -> None:
    await bench.tried(verdict("Verified"))
    bench.restart()
    bench.source.trouble = CredentialsUnusable("VaultSealed", "sealed", certain=False)
    outcome = await bench.look()
    assert outcome.delivery is not None
    assert (outcome.delivery.version, outcome.problem) == ("1", bench.source.trouble)
    bench.source.trouble = None
    assert (await bench.look()).problem is None
    assert len(bench.trials.asked) == 1


async def test_a_pin_of_another_place_is_no_version_of_this_one(bench: _Bench) -> None:
    await bench.tried(verdict("Verified"))
    bench.source.path = "bots/other"
    outcome = await bench.look(MOVED)
    assert outcome.delivery is None
    assert outcome.trial is not None


async def test_a_request_to_rotate_has_the_same_version_tried_again(bench: _Bench) -> None:
    await bench.tried(verdict("Verified"))
    bench.rotate = "now"
    outcome = await bench.look()
    assert outcome.trial is not None
    assert outcome.trial.version == "1"


EVENTS = st.lists(
    st.sampled_from(
        ["write", "look", "accept", "refuse", "doubt", "deny", "restart", "wait", "seal", "unseal"]
    ),
    max_size=40,
)


@given(EVENTS)
async def test_whatever_happens_only_what_was_accepted_replaces_what_the_pods_have(events: list[str]) -> None:
    bench, accepted, written = _Bench(), set(), 1
    answers: dict[str, Told] = {
        "accept": verdict("Verified"),
        "refuse": verdict("CredentialRefused"),
        "doubt": Verdict(
            deliver=False, verified=False, settled=False, reason="VerificationPending", message="away"
        ),
        "deny": CredentialsUnusable("VaultPermissionDenied", "denied", certain=True),
    }
    for event in events:
        before = bench.pinned
        if event == "write":
            written += 1
            bench.source.version = str(written)
        elif event == "restart":
            bench.restart()
        elif event == "wait":
            bench.now += 4000
        elif event in {"seal", "unseal"}:
            problem = CredentialsUnusable("VaultSealed", "sealed", certain=False)
            bench.source.trouble = problem if event == "seal" else None
        elif event in answers:
            bench.trials.answer = answers[event]
            if event == "accept":
                accepted.add(bench.source.version)
        outcome = await bench.look()
        bench.trials.answer = None
        if bench.pinned != before:
            assert bench.pinned in accepted
        assert outcome.delivery is None or outcome.delivery.version == bench.pinned
