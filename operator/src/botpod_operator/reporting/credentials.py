"""What the status tells of the credentials, and what a later look learns from it again. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_credentials.judgement import PENDING, Verdict
from botpod_operator.api.status import CredentialStatus, RefusedStatus, VerdictStatus
from botpod_operator.credentials.delivery import Delivery, Known, Refusal

if TYPE_CHECKING:
    from botpod_operator.reporting.facts import Facts


def credentials(facts: Facts, before: CredentialStatus | None, *, now: str) -> CredentialStatus | None:
    """Return what to tell; ``before`` where this look did not get to the credentials."""
    outcome, was = facts.outcome, before or CredentialStatus()
    if outcome is None:
        return before
    refused = _refused(outcome.refusal, was.refused, now) if outcome.refusal else None
    delivery = outcome.delivery
    if delivery is None:
        return was.model_copy(update={"refused": refused}) if before or refused else None
    verdict = delivery.verdict
    return CredentialStatus(
        source=delivery.source,
        version=delivery.version,
        digest=delivery.digest,
        keys=tuple(sorted(delivery.keys)),
        rotate=delivery.rotate,
        verdict=_verdict(facts, delivery),
        used_by=_used_by(facts, delivery, was),
        application_id=(verdict.application_id if verdict else None) or was.application_id,
        refused=refused,
    )


def _verdict(facts: Facts, delivery: Delivery) -> VerdictStatus | None:
    if facts.effective is None or not facts.effective.direct or delivery.verdict is None:
        return None
    told = delivery.verdict
    return VerdictStatus(verified=told.verified, reason=told.reason, message=told.message)


def newly_delivered(before: CredentialStatus | None, after: CredentialStatus | None) -> bool:
    """Return whether ``after`` tells of a delivery that ``before`` doesn't."""
    if after is None or after.version is None:
        return False
    return before is None or before.digest != after.digest


def newly_refused(before: CredentialStatus | None, after: CredentialStatus | None) -> RefusedStatus | None:
    """Return the refusal that ``after`` tells of and ``before`` doesn't; None where there is none."""
    refused, was = after.refused if after else None, before.refused if before else None
    if refused is None or (was is not None and was.digest == refused.digest):
        return None
    return refused


def known(before: CredentialStatus | None) -> Known:
    """Return what the status tells the next look."""
    if before is None:
        return Known()
    refused = before.refused
    return Known(
        application_id=before.application_id,
        refusal=Refusal(
            version=refused.version,
            digest=refused.digest,
            reason=refused.reason,
            message=refused.message,
        )
        if refused
        else None,
        delivery=_delivered(before),
    )


def _delivered(before: CredentialStatus) -> Delivery | None:
    if before.source is None or before.version is None or before.digest is None:
        return None
    told = before.verdict
    return Delivery(
        source=before.source,
        version=before.version,
        digest=before.digest,
        keys=frozenset(before.keys or ()),
        rotate=before.rotate,
        verdict=Verdict(
            deliver=True,
            verified=told.verified,
            settled=told.reason != PENDING,
            reason=told.reason,
            message=told.message,
            application_id=before.application_id,
        )
        if told
        else None,
    )


def confirmed(before: CredentialStatus | None, delivery: Delivery) -> int:
    """Return how many pods were found to use this very delivery."""
    if before is None or before.digest != delivery.digest:
        return 0
    return before.used_by or 0


def _used_by(facts: Facts, delivery: Delivery, was: CredentialStatus) -> int:
    usage = facts.usage
    if usage is not None and usage.wanted.delivery == delivery.digest:
        return usage.credentials
    return confirmed(was, delivery)


def _refused(refusal: Refusal, was: RefusedStatus | None, now: str) -> RefusedStatus:
    return RefusedStatus(
        version=refusal.version,
        digest=refusal.digest,
        reason=refusal.reason,
        message=refusal.message,
        since=was.since if was is not None and was.digest == refusal.digest else now,
    )
