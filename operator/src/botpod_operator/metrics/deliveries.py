"""Credentials that were delivered or refused, counted where the status first says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter

from botpod_operator.reporting.credentials import newly_delivered, newly_refused
from botpod_operator.reporting.notes import OF_A_VERSION

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from botpod_operator.api.status import CredentialStatus

SOURCES = ("secret", "vault")
OCCASIONS = ("first", "rotation")


class DeliveryMetrics:
    """Deliveries and refusals, each counted once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._deliveries = Counter(
            "botpod_operator_credential_deliveries_total",
            "Credentials delivered to a bot: its first ones, or others in their place.",
            ("source", "occasion"),
            registry=registry,
        )
        self._refusals = Counter(
            "botpod_operator_credential_refusals_total",
            "Versions of credentials that were refused, so that the bot keeps those before.",
            ("reason",),
            registry=registry,
        )
        # There from the start, so that the first one is an increase.
        for source in SOURCES:
            for occasion in OCCASIONS:
                self._deliveries.labels(source, occasion)
        for reason in OF_A_VERSION:
            self._refusals.labels(reason)

    def told(self, before: CredentialStatus | None, after: CredentialStatus | None) -> None:
        """Count what a written status says that the one before didn't."""
        was = before.digest if before else None
        if after is not None and newly_delivered(before, after):
            source = "vault" if (after.source or "").startswith("vault:") else "secret"
            self._deliveries.labels(source, "rotation" if was else "first").inc()
        refused = newly_refused(before, after)
        if refused is not None:
            self._refusals.labels(refused.reason).inc()
