"""Which of several operators acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry


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
