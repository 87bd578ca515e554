"""What is looked at beside the bots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Histogram

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


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
            "botpod_operator_side_look_duration_seconds",
            "How long one took.",
            ("kind",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=registry,
        )

    def of(self, kind: str) -> SideLooks:
        """Return the counter of one kind, such as ``vault``."""
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
