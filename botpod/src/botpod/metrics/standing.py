"""How things stand at the moment somebody looks: no figure of these is kept."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client import Metric

    from botpod.status import Status

_CIRCUITS = {"closed": 0, "halfOpen": 1, "open": 2}


class Standing(Collector):
    """Shards, dependencies, models and the event loop; ``models`` is :meth:`ConfiguredModels.status`."""

    def __init__(
        self, status: Status, *, models: Callable[[], Mapping[str, Any]], lag: Callable[[], float]
    ) -> None:
        self._status = status
        self._models = models
        self._lag = lag

    def collect(self) -> Iterator[Metric]:
        """Yield each family as it is now."""
        yield _gauge("botpod_ready", "Whether shards can be served (1)", self._status.why_not_ready() is None)
        yield _gauge(
            "botpod_event_loop_lag_seconds", "The longest recent delay of the event loop", self._lag()
        )
        yield _gauge("botpod_shards_total", "Shards of the whole bot", self._status.shard_count or 0)
        if self._status.session_starts is not None:
            starts = self._status.session_starts
            left = starts.remaining if self._status.clock() < starts.until else starts.total
            yield _gauge("botpod_session_starts_remaining", "Sessions that may still be begun today", left)
            yield _gauge("botpod_session_starts_limit", "Sessions that may be begun in a day", starts.total)
        shards = GaugeMetricFamily("botpod_shard_state", "Owned shards by state", labels=["shard", "state"])
        for number, shard in sorted(self._status.shards.items()):
            shards.add_metric([str(number), shard.state.value], 1)
        yield shards
        latency = GaugeMetricFamily(
            "botpod_shard_latency_seconds",
            "How long the last heartbeat took there and back",
            labels=["shard"],
        )
        for number, measure in sorted(self._status.latencies.items()):
            if isfinite(seconds := measure()):
                latency.add_metric([str(number)], seconds)
        yield latency
        dependencies = GaugeMetricFamily(
            "botpod_dependency_healthy", "Whether what the bot needs works (1)", labels=["dependency"]
        )
        for name, dependency in sorted(self._status.dependencies.items()):
            dependencies.add_metric([name], dependency.problem is None)
        yield dependencies
        circuits = GaugeMetricFamily(
            "botpod_model_circuit_state", "Closed (0), half open (1) or open (2)", labels=["model"]
        )
        refused = GaugeMetricFamily(
            "botpod_model_credential_refused",
            "Whether the vendor refuses the credential (1)",
            labels=["model"],
        )
        for name, model in self._models().items():
            circuits.add_metric([name], _CIRCUITS[model["circuit"]])
            refused.add_metric([name], model["credentialRefused"])
        yield circuits
        yield refused


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, value=value)
