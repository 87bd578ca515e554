"""The status of a BotInstance from the facts and the status before. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.api.status import BotInstanceStatus, PodShards, ShardsStatus
from botpod_operator.reporting.conditions import all_conditions
from botpod_operator.reporting.credentials import credentials
from botpod_operator.reporting.inforce import in_force
from botpod_operator.usage.shards import in_words

if TYPE_CHECKING:
    from botpod_operator.identity import Identity
    from botpod_operator.reporting.facts import Facts


def _shards(facts: Facts, before: ShardsStatus | None) -> ShardsStatus | None:
    if facts.usage is None:
        return before
    found = facts.usage.shards
    if found is None:
        return None
    return ShardsStatus(
        total=found.total,
        owned=found.owned,
        pods=tuple(PodShards(name=name, shards=in_words(shards)) for name, shards in found.pods),
    )


def status(*, identity: Identity, facts: Facts, before: BotInstanceStatus, now: str) -> BotInstanceStatus:
    """Return the status to write; equal to ``before`` where nothing changed."""
    rollout = facts.rollout
    return BotInstanceStatus(
        observed_generation=facts.generation,
        conditions=all_conditions(facts, before.conditions or (), now=now, namespace=identity.namespace),
        replicas=rollout.replicas if rollout else 0,
        ready_replicas=rollout.ready if rollout else 0,
        selector=",".join(f"{key}={value}" for key, value in identity.selector.items()),
        credentials=credentials(facts, before.credentials, now=now),
        shards=_shards(facts, before.shards),
        effective=in_force(facts.effective) if facts.effective else before.effective,
        tolerated=facts.ruling.tolerated if facts.ruling else before.tolerated,
    )
