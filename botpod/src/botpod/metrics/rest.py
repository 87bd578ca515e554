"""What is counted of requests to Discord's REST interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_SECONDS = (0.01, 0.05, 0.25, 1, 2.5, 5, 10, 20)


class RestMetrics:
    """Implements :class:`botpod.gateway.limits.observer.RestObserver`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._waits = Histogram(
            "botpod_discord_request_wait_seconds",
            "How long requests to Discord waited for its limits before they were sent",
            buckets=_SECONDS,
            registry=registry,
        )
        self._limited = Counter(
            "botpod_discord_rate_limited",
            "Answers of 429 from Discord, by whose limit it was",
            ["scope"],
            registry=registry,
        )
        self._repeated = Counter(
            "botpod_discord_requests_repeated",
            "Requests to Discord that were sent again, by what went wrong before",
            ["why"],
            registry=registry,
        )
        self._invalid = Counter(
            "botpod_discord_invalid_requests",
            "Answers that Discord counts towards a ban of the address",
            registry=registry,
        )
        self._recent = Gauge(
            "botpod_discord_invalid_requests_recent",
            "So many of them in ten minutes, from all pods, when the last one came; 10,000 are a ban",
            registry=registry,
        )

    def waited(self, seconds: float) -> None:
        """A request was let go after so long."""
        self._waits.observe(seconds)

    def limited(self, scope: str) -> None:
        """Discord answered 429."""
        self._limited.labels(scope).inc()

    def repeated(self, why: str) -> None:
        """A request is sent again after a status, or "connection"."""
        self._repeated.labels(why).inc()

    def invalid(self, recent: int) -> None:
        """An answer counts towards the ban."""
        self._invalid.inc()
        self._recent.set(recent)
