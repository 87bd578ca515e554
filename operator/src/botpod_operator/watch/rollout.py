"""What a Deployment's status says about its pods. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The counts of a Deployment, as its controller last saw them."""

    wanted: int
    replicas: int
    updated: int
    ready: int
    available: int
    current: bool
    """The counts are about the newest template."""
    stalled: str | None
    """The controller gave up waiting, and why."""
    blocked: str | None
    """Pods can't be made at all (quota, admission), and why."""

    @property
    def complete(self) -> bool:
        """Every pod is of the newest template and available, and no other is left."""
        return self.current and self.replicas == self.updated == self.available == self.wanted

    @property
    def old(self) -> int:
        """Pods of an older template that are left."""
        return max(0, self.replicas - self.updated)


def idle(autoscaler: dict[str, Any]) -> str | None:
    """Read why a HorizontalPodAutoscaler can't scale; None where it can, or hasn't tried."""
    conditions = {one["type"]: one for one in autoscaler.get("status", {}).get("conditions") or ()}
    for kind in ("AbleToScale", "ScalingActive"):
        one = conditions.get(kind, {})
        if one.get("status") == "False" and one.get("reason") != "ScalingDisabled":
            return f"{one.get('reason')}: {one.get('message')}"
    return None


def rollout(deployment: dict[str, Any]) -> Rollout:
    """Read a Deployment."""
    status = deployment.get("status", {})
    conditions = {condition["type"]: condition for condition in status.get("conditions", ())}
    progressing, failure = conditions.get("Progressing", {}), conditions.get("ReplicaFailure", {})
    return Rollout(
        wanted=deployment.get("spec", {}).get("replicas", 1),
        replicas=status.get("replicas", 0),
        updated=status.get("updatedReplicas", 0),
        ready=status.get("readyReplicas", 0),
        available=status.get("availableReplicas", 0),
        current=status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 1),
        stalled=progressing.get("message") if progressing.get("status") == "False" else None,
        blocked=failure.get("message") if failure.get("status") == "True" else None,
    )
