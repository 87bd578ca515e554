"""The events of one bot's life, as ``kubectl describe`` lists them: few, each to act on or an end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from samples import DELIVERY, effective_bot, identity

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import Verdict
from botpod_operator.allowances.tolerance import Ruling
from botpod_operator.allowances.violation import Violation
from botpod_operator.api.status import BotInstanceStatus
from botpod_operator.credentials.delivery import Delivery, Outcome, Refusal
from botpod_operator.policies import Problem
from botpod_operator.reporting.facts import Facts
from botpod_operator.reporting.notes import notes
from botpod_operator.reporting.status import status
from botpod_operator.usage.health import WELL, Health, Starts
from botpod_operator.watch.rollout import Rollout

GOOD = Verdict(
    deliver=True, verified=True, settled=True, reason="Verified", message="Discord knows the token"
)
PENDING = Verdict(
    deliver=True, verified=False, settled=False, reason="VerificationPending", message="Discord didn't answer"
)
UP = Rollout(wanted=1, replicas=1, updated=1, ready=1, available=1, current=True, stalled=None, blocked=None)
COMING = replace(UP, ready=0, available=0)
SHARED = {"redis": {"url": "redis://r:6379/0"}, "postgresql": {"url": "postgresql://b@p/b"}}
CUT_OFF = Health(pods=2, cut_off=2)
SCARCE = Health(pods=2, starts=Starts(remaining=150, total=1000, until=1_800_000_000.0))
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
        self,
        outcome: Outcome,
        rollout: Rollout | None = UP,
        *,
        problems: tuple[Problem, ...] = (),
        state: dict[str, Any] | None = None,
        health: Health | None = WELL,
        warned: tuple[Violation, ...] = (),
    ) -> list[str]:
        facts = Facts(
            generation=1,
            problems=problems,
            ruling=Ruling(refused=(), warned=warned, tolerated=tuple(one.code for one in warned)),
            effective=None if problems else effective_bot(class_spec={"state": state} if state else None),
            outcome=None if problems else outcome,
            rollout=rollout,
            health=health,
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


def _shared(bot: Bot, health: Health | None, rollout: Rollout = UP) -> list[str]:
    return bot.look(version(1), rollout, state=SHARED, health=health)


def test_a_redis_that_goes_and_comes_back_is_two_events_however_many_pods_say_so(bot: Bot) -> None:
    assert _shared(bot, WELL) == []
    assert _shared(bot, CUT_OFF) == ["Warning RedisUnreachable"]
    assert _shared(bot, Health(pods=2, cut_off=1)) == []
    assert _shared(bot, WELL) == ["Normal ContinuityAgain"]
    assert bot.messages[0].startswith("Solved: 1 of 2 pods can't use Redis.")
    assert _shared(bot, WELL) == []


def test_what_becomes_scarcer_is_told_when_something_else_follows_from_it(bot: Bot) -> None:
    left = Starts(remaining=149, total=1000, until=1_800_000_000.0)
    assert _shared(bot, SCARCE) == ["Warning SessionStartsScarce"]
    assert _shared(bot, replace(SCARCE, starts=left)) == []
    assert _shared(bot, replace(SCARCE, starts=replace(left, remaining=20))) == ["Warning SessionStartsSpent"]
    assert _shared(bot, WELL) == ["Normal ContinuityAgain"]


def test_an_operator_that_starts_anew_tells_nothing_until_pods_answer(bot: Bot) -> None:
    _shared(bot, CUT_OFF)
    before = bot.status
    assert _shared(bot, None) == []
    assert bot.status == before
    assert _shared(bot, WELL) == ["Normal ContinuityAgain"]


def test_without_pods_nobody_says_that_it_is_over(bot: Bot) -> None:
    _shared(bot, CUT_OFF)
    none = replace(UP, wanted=0, replicas=0, updated=0, ready=0, available=0)
    assert _shared(bot, WELL, none) == []
    continuity = next(one for one in bot.status.conditions or () if one.type == "Continuity")
    assert continuity.status == "True"


def test_a_bot_without_redis_by_its_class_is_no_event_whatever_its_pods_say(bot: Bot) -> None:
    for health in (WELL, CUT_OFF, SCARCE, None):
        assert bot.look(version(1), health=health) == []
        continuity = next(one for one in bot.status.conditions or () if one.type == "Continuity")
        assert continuity.reason == "NoRedis"


def test_a_class_that_loses_its_redis_while_that_is_away_solves_nothing(bot: Bot) -> None:
    _shared(bot, CUT_OFF)
    assert bot.look(version(1), health=None) == []
    assert _shared(bot, WELL) == []


def test_what_the_next_version_refuses_is_one_warning(bot: Bot) -> None:
    image = Violation(code="image:x", reason="ImageNotAllowed", message="spec.image: not that one.")
    label = Violation(code="pod.labels:a=b", reason="PodNotAllowed", message="spec.pod.labels: not that one.")
    assert bot.look(version(1), warned=(image, label)) == ["Warning WillBeRefused"]
    assert bot.messages == [
        f"It goes on as before, but not from version 0.3 on. {image.message} {label.message}"
    ]
    assert bot.look(version(1), warned=(label,)) == []
    assert bot.look(version(1)) == []
    (accepted,) = [one for one in bot.status.conditions or () if one.type == "Accepted"]
    assert accepted.reason == "Accepted"
