"""What is counted of credentials: each step of the status once."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from botpod_operator.api.status import CredentialStatus, RefusedStatus
from botpod_operator.metrics.deliveries import DeliveryMetrics

ONE = CredentialStatus(source="vault:secret/a", version="1", digest="one")
TWO = ONE.model_copy(update={"version": "2", "digest": "two"})
REFUSED = RefusedStatus(
    version="3", digest="three", reason="CredentialRefused", message="no", since="2026-01-01T00:00:00Z"
)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> DeliveryMetrics:
    return DeliveryMetrics(registry)


def test_the_first_delivery_is_no_rotation(registry: CollectorRegistry, metrics: DeliveryMetrics) -> None:
    def delivered(source: str, occasion: str) -> float | None:
        labels = {"source": source, "occasion": occasion}
        return registry.get_sample_value("botpod_operator_credential_deliveries_total", labels)

    metrics.told(None, None)
    assert delivered("vault", "first") == 0
    metrics.told(None, ONE)
    metrics.told(ONE, ONE)
    metrics.told(ONE, TWO)
    from_secret = ONE.model_copy(update={"source": "secret:mine", "digest": "other"})
    metrics.told(TWO, from_secret)
    assert (delivered("vault", "first"), delivered("vault", "rotation")) == (1, 1)
    assert delivered("secret", "rotation") == 1


def test_each_refused_version_is_counted_once(registry: CollectorRegistry, metrics: DeliveryMetrics) -> None:
    def refused() -> float | None:
        labels = {"reason": "CredentialRefused"}
        return registry.get_sample_value("botpod_operator_credential_refusals_total", labels)

    assert refused() == 0
    one = ONE.model_copy(update={"refused": REFUSED})
    metrics.told(ONE, one)
    metrics.told(one, one)
    assert refused() == 1
    metrics.told(one, ONE.model_copy(update={"refused": REFUSED.model_copy(update={"digest": "four"})}))
    assert refused() == 2
