"""Looks at bots and their queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry


class LoopMetrics:
    """Looks at bots and their queue."""

    def __init__(
        self, registry: CollectorRegistry, *, depth: Callable[[], float], oldest: Callable[[], float]
    ) -> None:
        self._looks = Counter(
            "botpod_operator_reconciles_total",
            "Looks at a BotInstance, by what came of it.",
            ("result",),
            registry=registry,
        )
        self._errors = Counter(
            "botpod_operator_reconcile_errors_total",
            "Looks that failed, by kind of error.",
            ("kind",),
            registry=registry,
        )
        self._seconds = Histogram(
            "botpod_operator_reconcile_duration_seconds",
            "How long a look took.",
            buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=registry,
        )
        Gauge(
            "botpod_operator_queue_depth", "BotInstances waiting to be looked at.", registry=registry
        ).set_function(depth)
        Gauge(
            "botpod_operator_queue_oldest_seconds",
            "How long the first of them has waited.",
            registry=registry,
        ).set_function(oldest)

    def looked(self, seconds: float, *, error: Exception | None = None) -> None:
        """Count one look."""
        self._seconds.observe(seconds)
        self._looks.labels("error" if error else "ok").inc()
        if error is not None:
            self._errors.labels(type(error).__name__).inc()
