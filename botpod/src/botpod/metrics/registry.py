"""Prometheus' view of the process: created by the composition root, told by whoever does the work."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

from botpod.correlation import correlation_id
from botpod.metrics.memory import MemoryLimit
from botpod.metrics.rest import RestMetrics
from botpod.metrics.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client.registry import Collector

    from botpod.events import Event
    from botpod.models.observe import Attempt

SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160)
"""Answers stream for seconds, sometimes for minutes."""


class Metrics:
    """Implements :class:`botpod.dispatch.port.Observer` and :data:`botpod.models.observe.Observer`.

    ``registry`` is this process's alone; nothing is registered with the library's global one.
    """

    def __init__(self, *, version: str, clock: Callable[[], float] = time.time) -> None:
        self.registry = registry = CollectorRegistry()
        self.summary = Summary(clock=clock)
        self.rest = RestMetrics(registry)
        ProcessCollector(registry=registry)
        self.add(MemoryLimit())
        Info("botpod_build", "What runs", registry=registry).info({"version": version})
        self._events = Counter("botpod_events", "Events from Discord", ["kind"], registry=registry)
        self._requests = Counter(
            "botpod_requests",
            "Requests that a skill came to the end of",
            ["skill", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "botpod_request_duration_seconds",
            "From the event to the end of its answer",
            ["skill"],
            buckets=SECONDS,
            registry=registry,
        )
        self._refused = Counter(
            "botpod_requests_refused",
            "Requests that were not passed on: duplicate, rate, busy, full, permission or unchecked",
            ["reason"],
            registry=registry,
        )
        self._active = Gauge("botpod_active_conversations", "Requests being answered", registry=registry)
        self._attempts = Counter(
            "botpod_model_requests", "Requests to models", ["model", "outcome"], registry=registry
        )
        self._model_seconds = Histogram(
            "botpod_model_request_duration_seconds",
            "From a request to a model to its end",
            ["model"],
            buckets=SECONDS,
            registry=registry,
        )
        self._first_text = Histogram(
            "botpod_model_first_text_seconds",
            "From a request to a model to its first words",
            ["model"],
            buckets=SECONDS,
            registry=registry,
        )
        self._tokens = Counter(
            "botpod_model_tokens", "Tokens that vendors counted", ["model", "direction"], registry=registry
        )
        self._connections = Counter(
            "botpod_gateway_connections_ended",
            "Gateway connections, by what follows",
            ["next"],
            registry=registry,
        )
        self._gaps = Histogram(
            "botpod_shard_gap_seconds",
            "For how long nobody heard a shard, over restarts and hand-overs",
            buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300),
            registry=registry,
        )
        self._caught_up = Counter(
            "botpod_caught_up_messages",
            "Messages that were missed and asked for afterwards",
            registry=registry,
        )
        self._interactions = Counter(
            "botpod_interactions", "Requests to /interactions", ["outcome"], registry=registry
        )

    def add(self, collector: Collector) -> None:
        """Let ``collector`` speak at each scrape."""
        self.registry.register(collector)

    def received(self, event: Event) -> None:
        """Count an event, for us or not."""
        self._events.labels(type(event).__name__.removesuffix("Event").lower()).inc()

    def refused(self, reason: str) -> None:
        """Count a request that was not passed on."""
        self._refused.labels(reason).inc()

    def running(self, change: int) -> None:
        """Count one more or one fewer that is being answered."""
        self._active.inc(change)

    def handled(self, skill: str, seconds: float, error: BaseException | None) -> None:
        """Count a request that has come to its end, well or not."""
        kind = None if error is None else _kind(error)
        self._requests.labels(skill, kind or "answered").inc()
        self._seconds.labels(skill).observe(seconds)
        self.summary.record(skill, seconds, error=kind, correlation_id=correlation_id.get())

    def asked(self, attempt: Attempt) -> None:
        """Count a request to a model."""
        self._attempts.labels(attempt.model, attempt.outcome.value).inc()
        self._model_seconds.labels(attempt.model).observe(attempt.seconds)
        if attempt.first_text is not None:
            self._first_text.labels(attempt.model).observe(attempt.first_text)
        self._tokens.labels(attempt.model, "input").inc(attempt.input_tokens)
        self._tokens.labels(attempt.model, "output").inc(attempt.output_tokens)

    def connection_ended(self, follows: object) -> None:
        """Count a gateway connection that has ended; ``follows`` says what comes after it."""
        self._connections.labels(str(follows)).inc()

    def gap(self, seconds: float) -> None:
        """Take the time for which nobody heard a shard."""
        self._gaps.observe(seconds)

    def caught_up(self, messages: int) -> None:
        """Count messages that were missed and asked for."""
        self._caught_up.inc(messages)

    def posted(self, outcome: str) -> None:
        """Count a request to ``/interactions``; ``outcome`` says what became of it."""
        self._interactions.labels(outcome).inc()


def _kind(error: BaseException) -> str:
    return "stopped" if isinstance(error, asyncio.CancelledError) else type(error).__name__
