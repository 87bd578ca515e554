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
    applied,
    available,
    continuity,
    credentials_verified,
    isolated,
    progressing,
    same_application,
    told_by_pods,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botpod_operator.reporting.facts import Facts

BASE: dict[str, Callable[[Facts], Finding | None]] = {
    "Accepted": accepted,
    "CredentialsVerified": credentials_verified,
    "Isolated": isolated,
    "Applied": applied,
    "Available": available,
    "Progressing": progressing,
    "Continuity": continuity,
}


DUPLICATED = "Duplicated"
"""There only while another bot is the same Discord application."""
HOPELESS = frozenset({"PodsRefused", "Stalled"})
"""Why there are no pods, where waiting won't bring any."""
OF_ROLLOUT = frozenset({"RollingOut", "Stalled"})
"""What the conditions for tools say of pods, not of a look."""
OF_PODS = frozenset({"Available", "Progressing"})
"""What the pods tell, whichever generation they were made from."""


def ready(facts: Facts, findings: Mapping[str, Finding], before: Condition | None = None) -> Finding:
    """Sum up: the first thing in the way, or that the bot serves as it is written.

    Where new credentials are refused the bot goes on with those before, and ``Available`` says so; but it is
    not what the resource asks for, and whoever waits for that must not be told that it came. A failure that
    the next try may solve takes nothing away from a bot that was ready in this generation ``before``; and a
    refused child nothing from pods that are as the resource wants them.
    """
    for kind in ("Accepted", "CredentialsVerified"):
        if findings[kind].status == "False":
            return Finding("False", findings[kind].reason, findings[kind].message)
    pods = findings["Available"]
    if facts.early or (facts.failures and not facts.applied):
        was = (before.status, before.observed_generation) if before is not None else None
        goes_on = was == ("True", facts.generation) and not facts.refused and pods.status == "True"
        if goes_on:
            return _serving(pods)
        return Finding("False", findings["Applied"].reason, findings["Applied"].message)
    if not facts.applied:
        # Credentials that wait for a pod wait in vain where there will be none.
        first = (
            pods
            if facts.made and (pods.reason in HOPELESS or facts.ailments)
            else findings["CredentialsVerified"]
        )
        return Finding("False", first.reason, first.message)
    return _serving(pods)


def _serving(pods: Finding) -> Finding:
    if pods.status != "True":
        return Finding("False", pods.reason, pods.message)
    return Finding("True", "Serving", pods.message)


def for_tools(progress: Finding, applied: Finding) -> dict[str, Finding]:
    """Return what kstatus reads beside ``Ready``: Reconciling or Stalled, there only while it is so.

    ``Ready`` stays True while pods are made anew, because the bot goes on serving. Flux, Helm and whatever
    else goes by kstatus would take that for done, so its own conditions tell them to wait or to give up.
    """
    if progress.status == "True":
        return {"Reconciling": progress}
    if progress.reason == "Stalled":
        return {"Stalled": Finding("True", progress.reason, progress.message)}
    if applied.status == "False":
        kind = "Stalled" if applied.reason == "ChildRefused" else "Reconciling"
        return {kind: Finding("True", applied.reason, applied.message)}
    return {}


def all_conditions(
    facts: Facts, before: tuple[Condition, ...], *, now: str, namespace: str
) -> tuple[Condition, ...]:
    """Return every condition, with the time of its last change kept where its status is the same.

    Args:
        facts: what the look found.
        before: the conditions as they stand in the resource.
        now: RFC 3339, for those that change.
        namespace: the bot's.
    """
    known = {condition.type: condition for condition in before}
    judged = {kind: _judged(kind, facts, known.get(kind)) for kind in BASE}
    summary = ready(facts, {kind: finding for kind, (finding, _) in judged.items()}, known.get("Ready"))
    progress, generation = judged["Progressing"]
    shared = same_application(facts, namespace)
    tools = for_tools(progress, judged["Applied"][0])
    judged = {
        "Ready": (summary, facts.generation),
        **judged,
        **{
            kind: (finding, generation if finding.reason in OF_ROLLOUT else facts.generation)
            for kind, finding in tools.items()
        },
        **({DUPLICATED: (shared, facts.generation)} if shared else {}),
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
    of_older_pods = kind in OF_PODS and facts.rollout is not None and not facts.made
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
