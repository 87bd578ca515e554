"""The conditions: what each says, since when, and for which generation. Pure.

``Ready`` is the summary. Where a look stopped early, a condition keeps what it said, and the generation it
said it for. What the pods tell goes on being told then, but for the generation that they were made from:
somebody who waits for a condition of the newest generation (`kubectl wait` compares the two) must not be
told that of an older one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.api.status import Condition
from botpod_operator.reporting.findings import (
    UNTOLD,
    Finding,
    accepted,
    available,
    continuity,
    credentials_verified,
    progressing,
    told_by_pods,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botpod_operator.reporting.facts import Facts

BASE: dict[str, Callable[[Facts], Finding | None]] = {
    "Accepted": accepted,
    "CredentialsVerified": credentials_verified,
    "Available": available,
    "Progressing": progressing,
    "Continuity": continuity,
}


OF_PODS = frozenset({"Available", "Progressing"})
"""What the pods tell, whichever generation they were made from."""


def ready(facts: Facts, findings: Mapping[str, Finding]) -> Finding:
    """Sum up: the first thing in the way, or that the bot serves as it is written.

    Where new credentials are refused the bot goes on with those before, and ``Available`` says so; but it is
    not what the resource asks for, and whoever waits for that must not be told that it came.
    """
    for kind in ("Accepted", "CredentialsVerified"):
        if findings[kind].status == "False":
            return Finding("False", findings[kind].reason, findings[kind].message)
    if not facts.applied:
        credentials = findings["CredentialsVerified"]
        return Finding("False", credentials.reason, credentials.message)
    pods = findings["Available"]
    if pods.status != "True":
        return Finding("False", pods.reason, pods.message)
    return Finding("True", "Serving", pods.message)


def for_tools(progress: Finding) -> dict[str, Finding]:
    """Return what kstatus reads beside ``Ready``: Reconciling or Stalled, there only while it is so.

    ``Ready`` stays True while pods are made anew, because the bot goes on serving. Flux, Helm and whatever
    else goes by kstatus would take that for done, so its own conditions tell them to wait or to give up.
    """
    if progress.status == "True":
        return {"Reconciling": progress}
    if progress.reason == "Stalled":
        return {"Stalled": Finding("True", progress.reason, progress.message)}
    return {}


def all_conditions(facts: Facts, before: tuple[Condition, ...], *, now: str) -> tuple[Condition, ...]:
    """Return every condition, with the time of its last change kept where its status is the same.

    Args:
        facts: what the look found.
        before: the conditions as they stand in the resource.
        now: RFC 3339, for those that change.
    """
    known = {condition.type: condition for condition in before}
    judged = {kind: _judged(kind, facts, known.get(kind)) for kind in BASE}
    summary = ready(facts, {kind: finding for kind, (finding, _) in judged.items()})
    progress, generation = judged["Progressing"]
    judged = {
        "Ready": (summary, facts.generation),
        **judged,
        **{kind: (finding, generation) for kind, finding in for_tools(progress).items()},
    }
    return tuple(
        Condition(
            type=kind,
            status=finding.status,
            reason=finding.reason,
            message=finding.message,
            observed_generation=generation,
            last_transition_time=_since(known.get(kind), finding, now),
        )
        for kind, (finding, generation) in judged.items()
    )


def _judged(kind: str, facts: Facts, known: Condition | None) -> tuple[Finding, int]:
    """Return what to say of an aspect, and for which generation."""
    finding = BASE[kind](facts)
    if kind == "Continuity" and known is not None and told_by_pods(facts, known.reason):
        return Finding(known.status, known.reason, known.message), facts.generation
    of_older_pods = kind in OF_PODS and facts.rollout is not None and not facts.applied
    if finding is not None and not of_older_pods:
        return finding, facts.generation
    if known is None or known.observed_generation is None:
        return UNTOLD, facts.generation
    if finding is None or known.status == "Unknown":
        return Finding(known.status, known.reason, known.message), known.observed_generation
    return finding, known.observed_generation


def _since(condition: Condition | None, finding: Finding, now: str) -> str:
    if condition is not None and condition.status == finding.status:
        return condition.last_transition_time
    return now
