"""The operator's own figures, in a registry of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable


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
            "botpod_operator_reconcile_seconds",
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


class LeaderMetrics:
    """Which of several operators acts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._leader = Gauge(
            "botpod_operator_leader", "1 while this process acts, 0 while it stands by.", registry=registry
        )
        self._transitions = Counter(
            "botpod_operator_leader_transitions_total",
            "Leadership of this process, by what became of it: acquired, released or lost.",
            ("event",),
            registry=registry,
        )
        for event in ("acquired", "released", "lost"):
            self._transitions.labels(event)

    def follow(self, leads: Callable[[], bool]) -> None:
        """Show at each scrape whether this process leads then."""
        self._leader.set_function(lambda: float(leads()))

    def changed(self, event: str) -> None:
        """Count leadership acquired, released or lost."""
        self._transitions.labels(event).inc()


class SideMetrics:
    """What is looked at beside the bots: entries of Vault, pods."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._looks = Counter(
            "botpod_operator_side_looks_total",
            "Readings of Vault's metadata and questions to pods, by what came of them.",
            ("kind", "result"),
            registry=registry,
        )
        self._seconds = Histogram(
            "botpod_operator_side_look_seconds",
            "How long one took.",
            ("kind",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=registry,
        )

    def of(self, kind: str) -> SideLooks:
        """Return the counter of one kind: ``vault`` or ``pods``."""
        return SideLooks(self._looks, self._seconds, kind)


class SideLooks:
    """Counts one kind of them."""

    def __init__(self, looks: Counter, seconds: Histogram, kind: str) -> None:
        self._looks = looks
        self._seconds = seconds.labels(kind)
        self._kind = kind

    def looked(self, seconds: float, *, error: Exception | None = None) -> None:
        """Count one."""
        self._seconds.observe(seconds)
        self._looks.labels(self._kind, "error" if error else "ok").inc()
