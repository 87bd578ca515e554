"""The status of a BotInstance from the facts and the status before. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.api.status import BotInstanceStatus
from botpod_operator.reporting.conditions import all_conditions
from botpod_operator.reporting.credentials import credentials
from botpod_operator.reporting.inforce import in_force

if TYPE_CHECKING:
    from botpod_operator.identity import Identity
    from botpod_operator.reporting.facts import Facts


def status(*, identity: Identity, facts: Facts, before: BotInstanceStatus, now: str) -> BotInstanceStatus:
    """Return the status to write; equal to ``before`` where nothing changed."""
    rollout = facts.rollout
    return BotInstanceStatus(
        observed_generation=facts.generation,
        conditions=all_conditions(facts, before.conditions or (), now=now),
        replicas=rollout.replicas if rollout else 0,
        ready_replicas=rollout.ready if rollout else 0,
        selector=",".join(f"{key}={value}" for key, value in identity.selector.items()),
        credentials=credentials(facts, before.credentials, now=now),
        effective=in_force(facts.effective) if facts.effective else before.effective,
    )
