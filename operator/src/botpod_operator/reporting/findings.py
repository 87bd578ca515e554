"""What one look says of each aspect: one small function from the facts for each. Pure.

A function returns None where the look didn't get far enough to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botpod_operator.reporting.continuity import TROUBLES, sentence

if TYPE_CHECKING:
    from botpod_operator.reporting.facts import Facts
    from botpod_operator.watch.rollout import Rollout

type Truth = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a condition says."""

    status: Truth
    reason: str
    message: str


UNTOLD = Finding("Unknown", "NotCheckedYet", "Not looked at yet.")


def accepted(facts: Facts) -> Finding | None:
    """Whether the resource can be run as it is written."""
    if facts.problems:
        text = " ".join(problem.message for problem in facts.problems)
        return Finding("False", facts.problems[0].reason, text)
    return Finding("True", "Accepted", "The BotInstance and its BotClass fit together.")


def credentials_verified(facts: Facts) -> Finding | None:
    """Whether the newest credentials are delivered and were accepted by those who receive them."""
    outcome = facts.outcome
    if outcome is None:
        return None
    delivery, refusal = outcome.delivery, outcome.refusal
    replaced = delivery is not None and (refusal is None or refusal.digest != delivery.digest)
    goes_on = f" The bot goes on with version {delivery.version}." if delivery and replaced else ""
    if outcome.problem is not None:
        text = str(outcome.problem)
        return Finding(
            "False" if outcome.problem.certain else "Unknown",
            outcome.problem.reason,
            text[0].upper() + text[1:] + goes_on,
        )
    if outcome.delivery is None or outcome.delivery.verdict is None:
        return UNTOLD
    verdict = outcome.delivery.verdict
    return Finding(
        "True" if verdict.verified else "Unknown",
        verdict.reason,
        f"Version {outcome.delivery.version}: {verdict.message}.",
    )


def available(facts: Facts) -> Finding | None:
    """Whether at least one pod serves."""
    rollout = facts.rollout
    if rollout is None:
        return Finding("False", "NoPods", "There is no Deployment yet.")
    if rollout.wanted == 0 and rollout.available == 0:
        return _switched_off(facts)
    if rollout.available > 0:
        return Finding("True", "PodsAvailable", f"{rollout.available} of {rollout.wanted} pods available.")
    return _not_available(rollout, facts.said)


def _switched_off(facts: Facts) -> Finding:
    if facts.effective is None:
        return Finding("False", "NoPods", "No pods are wanted, and there are none.")
    if facts.effective.suspended:
        return Finding("False", "Suspended", "spec.suspend is true; set it to false to start the pods.")
    return Finding("False", "ScaledToZero", "spec.replicas is 0; raise it to start pods.")


def _not_available(rollout: Rollout, said: str) -> Finding:
    if rollout.blocked is not None:
        return Finding("False", "PodsRefused", f"The API server refuses the pods: {rollout.blocked}")
    if rollout.stalled is not None:
        return Finding(
            "False",
            "Stalled",
            f"No pod became ready in time; look at the pods labelled botpod.dev/bot. {rollout.stalled}{said}",
        )
    return Finding("False", "Starting", f"No pod is ready yet.{said}")


def progressing(facts: Facts) -> Finding | None:
    """Whether pods are on their way to what is wanted."""
    rollout = facts.rollout
    if rollout is None:
        return Finding("Unknown", "NotStarted", "There is no Deployment yet.")
    if rollout.complete and facts.usage is not None and facts.usage.problems:
        problems = " ".join(facts.usage.problems)
        return Finding("False", "ConfigurationRefused", f"The pods go on with what they had: {problems}")
    if rollout.complete:
        return Finding("False", "UpToDate", "Every pod is as the resource wants it.")
    if rollout.stalled is not None:
        return Finding("False", "Stalled", f"The pods got stuck: {rollout.stalled}{facts.said}")
    return Finding(
        "True",
        "RollingOut",
        f"{rollout.updated} of {rollout.wanted} pods are made anew, {rollout.available} are available."
        f"{facts.said}",
    )


def continuity(facts: Facts) -> Finding | None:
    """Whether restarts and scaling go unnoticed on Discord."""
    if facts.effective is None:
        return None
    held = facts.effective.continuity
    if not held.holds:
        return Finding("False", held.reason, held.message)
    if facts.health is not None and facts.health.trouble is not None:
        message = sentence(facts.health, interactions=facts.effective.interactions)
        return Finding("False", facts.health.trouble, message)
    return Finding("True", held.reason, held.message)


def told_by_pods(facts: Facts, reason: str) -> bool:
    """Return whether Continuity's last ``reason`` still stands, because nobody has asked the pods since.

    An operator that has just started knows nothing of them, and mustn't tell that all is well.
    """
    held = facts.effective is not None and facts.effective.continuity.holds
    return held and facts.health is None and reason in TROUBLES
