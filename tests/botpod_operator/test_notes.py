"""The events of one bot's life, as ``kubectl describe`` lists them: few, each to act on or an end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import DELIVERY, effective_bot, identity

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import Verdict
from botpod_operator.api.status import BotInstanceStatus
from botpod_operator.credentials.delivery import Delivery, Outcome, Refusal
from botpod_operator.policies import Problem
from botpod_operator.reporting.facts import Facts
from botpod_operator.reporting.notes import notes
from botpod_operator.reporting.status import status
from botpod_operator.watch.rollout import Rollout

GOOD = Verdict(
    deliver=True, verified=True, settled=True, reason="Verified", message="Discord knows the token"
)
PENDING = Verdict(
    deliver=True, verified=False, settled=False, reason="VerificationPending", message="Discord didn't answer"
)
UP = Rollout(wanted=1, replicas=1, updated=1, ready=1, available=1, current=True, stalled=None, blocked=None)
COMING = replace(UP, ready=0, available=0)
STUCK = replace(COMING, stalled="the image can't be pulled")


def version(number: int, verdict: Verdict = GOOD) -> Outcome:
    return Outcome(delivery=delivery(number, verdict))


def delivery(number: int, verdict: Verdict = GOOD) -> Delivery:
    return replace(DELIVERY, version=str(number), digest=f"digest-{number}", verdict=verdict)


def refused(number: int, *, instead: int) -> Outcome:
    why = Refusal(version=str(number), digest=f"digest-{number}", reason="CredentialRefused", message="no")
    problem = CredentialsUnusable("CredentialRefused", f"version {number} is refused: no.", certain=True)
    return Outcome(delivery=delivery(instead), refusal=why, problem=problem)


def away(number: int) -> Outcome:
    problem = CredentialsUnusable("VaultSealed", "Vault is sealed; unseal it.", certain=False)
    return Outcome(delivery=delivery(number), problem=problem)


class Bot:
    """A bot, and the events that each look at it brings."""

    def __init__(self) -> None:
        self.status = BotInstanceStatus()
        self.messages: list[str] = []

    def look(
        self, outcome: Outcome, rollout: Rollout | None = UP, *, problems: tuple[Problem, ...] = ()
    ) -> list[str]:
        facts = Facts(
            generation=1,
            problems=problems,
            effective=None if problems else effective_bot(),
            outcome=None if problems else outcome,
            rollout=rollout,
        )
        before = self.status
        self.status = status(identity=identity(), facts=facts, before=before, now="2026-01-01T00:00:00Z")
        found = notes(before, self.status)
        self.messages = [note.message for note in found]
        return [f"{note.kind} {note.reason}" for note in found]


@pytest.fixture
def bot() -> Bot:
    """A bot that was made and came up."""
    made = Bot()
    assert made.look(version(1), None) == ["Normal CredentialsDelivered"]
    (told,) = made.messages
    assert told.startswith("Version 1 of vault:secret/bots/hello is delivered: discord-token. ")
    assert told.endswith("Version 1: Discord knows the token.")
    assert made.look(version(1), COMING) == []
    assert made.look(version(1)) == []
    return made


def test_a_rotation_is_one_event(bot: Bot) -> None:
    assert bot.look(version(2)) == ["Normal CredentialsDelivered"]
    assert bot.look(version(2)) == []


def test_a_refusal_is_told_once_for_each_version_and_its_end_by_what_arrives(bot: Bot) -> None:
    assert bot.look(refused(2, instead=1)) == ["Warning CredentialRefused"]
    assert bot.messages == ["Version 2 is refused: no. The bot goes on with version 1."]
    assert bot.look(refused(2, instead=1)) == []
    assert bot.look(refused(3, instead=1)) == ["Warning CredentialRefused"]
    assert bot.look(version(4)) == ["Normal CredentialsDelivered"]


def test_a_refused_version_that_was_taken_back_is_solved(bot: Bot) -> None:
    bot.look(refused(2, instead=1))
    assert bot.look(version(1)) == ["Normal CredentialsVerifiedAgain"]


def test_a_vault_that_is_away_is_told_and_that_it_is_back(bot: Bot) -> None:
    assert bot.look(away(1)) == ["Warning VaultSealed"]
    assert bot.messages == ["Vault is sealed; unseal it. The bot goes on with version 1."]
    assert bot.look(away(1)) == []
    assert bot.look(version(1)) == ["Normal CredentialsVerifiedAgain"]
    assert bot.messages == ["Solved: Vault is sealed; unseal it. The bot goes on with version 1."]


def test_a_drained_node_is_no_event(bot: Bot) -> None:
    assert bot.look(version(1), COMING) == []
    assert bot.look(version(1)) == []


def test_pods_that_get_stuck_are_told_and_that_they_are_not_any_more(bot: Bot) -> None:
    assert bot.look(version(1), STUCK) == ["Warning Stalled"]
    assert bot.look(version(1)) == ["Normal AvailableAgain"]


def test_an_edit_that_cannot_be_run_is_told_and_its_correction(bot: Bot) -> None:
    wrong = (Problem(reason="UnknownSkill", message="There is no skill x; remove it."),)
    assert bot.look(version(1), problems=wrong) == ["Warning UnknownSkill"]
    assert bot.look(version(1)) == ["Normal AcceptedAgain"]


def test_first_credentials_that_nobody_could_check_are_told_as_such_and_when_they_are() -> None:
    bot = Bot()
    assert bot.look(version(1, PENDING), None) == [
        "Warning VerificationPending",
        "Normal CredentialsDelivered",
    ]
    assert bot.messages[1] == "Version 1 of vault:secret/bots/hello is delivered: discord-token."
    assert bot.look(version(1)) == ["Normal CredentialsVerifiedAgain"]


def test_a_trouble_before_the_first_delivery_needs_no_second_event_for_its_end() -> None:
    bot = Bot()
    nothing = Outcome(delivery=None, problem=CredentialsUnusable("KeyMissing", "add the key.", certain=True))
    assert bot.look(nothing, None) == ["Warning KeyMissing"]
    assert bot.look(version(1), None) == ["Normal CredentialsDelivered"]
