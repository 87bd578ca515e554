"""What one look says of each aspect: one small function from the facts for each. Pure.

A function returns None where the look didn't get far enough to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botpod_operator.accounts.troubles import ACCOUNTS
from botpod_operator.allowances.tolerance import warning
from botpod_operator.reporting.continuity import TROUBLES, sentence
from botpod_operator.sentences import capitalized

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


PARTLY_AVAILABLE = "PartlyAvailable"
"""Why Available is True although something keeps other pods from serving."""

WILL_BE_REFUSED = "WillBeRefused"
"""Why Accepted is True of what only goes on because it did before."""

UNTOLD = Finding("Unknown", "NotCheckedYet", "Not looked at yet.")


def accepted(facts: Facts) -> Finding | None:
    """Whether the resource can be run as it is written."""
    if facts.problems:
        text = " ".join(problem.message for problem in facts.problems)
        return Finding("False", facts.problems[0].reason, text)
    if facts.early:
        return None
    if facts.ruling and facts.ruling.warned:
        return Finding("True", WILL_BE_REFUSED, warning(facts.ruling.warned))
    return Finding("True", "Accepted", "The BotInstance and its BotClass fit together.")


def applied(facts: Facts) -> Finding:
    """Whether all that the bot consists of is in the cluster as the resource wants it."""
    if facts.failures:
        # What only an edit solves goes first.
        first, *others = sorted(facts.failures, key=lambda failure: failure.reason != "ChildRefused")
        message = " ".join(failure.message for failure in (first, *others))
        return Finding("False", first.reason, message)
    if facts.made:
        return Finding("True", "Applied", "All that the bot consists of is as the resource wants it.")
    return Finding("Unknown", "NotApplied", "The last look didn't get that far; another condition says why.")


def credentials_verified(facts: Facts) -> Finding | None:
    """Whether the newest credentials are delivered and were accepted by those who receive them."""
    outcome = facts.outcome
    if outcome is None:
        return None
    delivery, refusal = outcome.delivery, outcome.refusal
    replaced = delivery is not None and (refusal is None or refusal.digest != delivery.digest)
    goes_on = f" The bot goes on with version {delivery.version}." if delivery and replaced else ""
    if outcome.problem is not None:
        return Finding(
            "False" if outcome.problem.certain else "Unknown",
            outcome.problem.reason,
            capitalized(str(outcome.problem)) + goes_on,
        )
    if outcome.delivery is None or outcome.delivery.verdict is None:
        return UNTOLD
    verdict = outcome.delivery.verdict
    return Finding(
        "True" if verdict.verified else "Unknown",
        verdict.reason,
        f"Version {outcome.delivery.version}: {verdict.message}.",
    )


def isolated(facts: Facts) -> Finding | None:
    """Whether no other bot can read or change what this one keeps."""
    if facts.effective is None:
        return None
    state = facts.effective.state
    if state.shared_logins:
        services = " and ".join(state.shared_logins)
        fields = " and ".join(f"state.{name.lower()}" for name in state.shared_logins)
        return Finding(
            "False",
            "SharedPassword",
            f"All bots of the BotClass log in to {services} as one: whoever has one bot's password can read "
            f"and change what the others keep. Give {fields} of the BotClass an admin in place of "
            "passwordSecretRef; the operator then makes an account for each bot.",
        )
    if not state.accounts:
        return Finding("True", "NotShared", "What the bot keeps is in its own pod and volume.")
    outcome = facts.outcome
    if outcome is None:
        return None
    problem = outcome.problem
    if problem is not None and (outcome.delivery is None or problem.reason in ACCOUNTS):
        return Finding("Unknown", problem.reason, capitalized(str(problem)))
    return Finding("True", "OwnAccounts", "The bot has accounts of its own, for what it keeps itself only.")


def available(facts: Facts) -> Finding | None:
    """Whether at least one pod serves."""
    rollout = facts.rollout
    if rollout is None:
        return Finding("False", "NoPods", "There is no Deployment yet.")
    if rollout.wanted == 0 and rollout.available == 0:
        return _switched_off(facts)
    if rollout.available > 0:
        # More than wanted are there while pods of before make way.
        serving = f"{min(rollout.available, rollout.wanted)} of {rollout.wanted} pods available."
        idle = f" The HorizontalPodAutoscaler doesn't scale: {facts.idle}" if facts.idle else ""
        if rollout.complete or not (rollout.blocked or rollout.stalled or facts.ailments):
            return Finding("True", "PodsAvailable", f"{serving}{idle}")
        stalled = f" {rollout.stalled}" if rollout.stalled and not facts.said else ""
        return Finding("True", PARTLY_AVAILABLE, f"{serving}{stalled}{facts.said}{idle}")
    return _not_available(rollout, facts)


def _switched_off(facts: Facts) -> Finding:
    if facts.effective is None:
        return Finding("False", "NoPods", "No pods are wanted, and there are none.")
    if facts.effective.suspended:
        return Finding("False", "Suspended", "spec.suspend is true; set it to false to start the pods.")
    return Finding("False", "ScaledToZero", "spec.replicas is 0; raise it to start pods.")


def _not_available(rollout: Rollout, facts: Facts) -> Finding:
    said = facts.said
    if rollout.blocked is not None:
        return Finding("False", "PodsRefused", f"The API server refuses the pods: {rollout.blocked}")
    if facts.ailments:
        return Finding("False", facts.ailments[0].reason, f"No pod is ready.{said}")
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
        f"{rollout.updated} of {rollout.wanted} pods are made anew, {_rest(rollout)}.{facts.said}",
    )


def same_application(facts: Facts, namespace: str) -> Finding | None:
    """Whether another bot has a token of the same Discord application; None where none has."""
    if not facts.twins:
        return None
    # What others have in their namespaces is theirs to know.
    names = [f'"{twin.name}"' for twin in facts.twins if twin.namespace == namespace]
    elsewhere = len(facts.twins) - len(names)
    others = [*names, *([f"{elsewhere} of other namespaces"] if elsewhere else [])]
    return Finding(
        "True",
        "SameApplication",
        f"This bot has a token of the same Discord application as another one ({', '.join(others)}): each "
        "message is answered twice. Give one of them an application of its own, or suspend it.",
    )


def _rest(rollout: Rollout) -> str:
    if not rollout.old:
        return f"{rollout.available} are available"
    of_before = "1 of before is" if rollout.old == 1 else f"{rollout.old} of before are"
    return f"{of_before} left; {rollout.available} of all {rollout.replicas} are available"


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
