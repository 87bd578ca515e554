"""Calls to the API server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


class ApiMetrics:
    """Calls to the API server."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "botpod_operator_api_calls_total",
            "Calls to the API server, by verb and status code.",
            ("method", "code"),
            registry=registry,
        )

    def called(self, method: str, code: str) -> None:
        """Count one call."""
        self._calls.labels(method, code).inc()
