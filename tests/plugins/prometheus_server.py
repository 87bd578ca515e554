"""A real Prometheus that scrapes what a test runs, with the chart's own rules."""

from __future__ import annotations

import contextlib
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from processes import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


class QueryRefused(AssertionError):
    """Prometheus doesn't take a query; the text is what it said."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something to scrape on loopback: its port, and labels as a PodMonitor would give."""

    port: int
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Prometheus:
    """A running Prometheus."""

    port: int

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Return the samples of an instant query.

        Raises:
            QueryRefused: it isn't right.
        """
        found: list[dict[str, Any]] = self._api("query", query=expr)["result"]
        return found

    def metrics(self) -> set[str]:
        """Return the names that the targets declare, with or without samples."""
        return set(self._api("metadata"))

    def rules(self) -> dict[str, dict[str, Any]]:
        """Return each alert rule's state."""
        return {rule["name"]: rule for group in self._api("rules")["groups"] for rule in group["rules"]}

    def _api(self, path: str, **arguments: str) -> Any:
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                raise QueryRefused(f"{arguments}: {json.load(error)['error']}") from None


LIMITS = {
    "sampleLimit": "sample_limit",
    "bodySizeLimit": "body_size_limit",
    "targetLimit": "target_limit",
    "labelLimit": "label_limit",
    "labelNameLengthLimit": "label_name_length_limit",
    "labelValueLengthLimit": "label_value_length_limit",
}


def as_scraped(monitor: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a scrape config that the Prometheus Operator makes of a PodMonitor's spec."""
    (endpoint,) = monitor["podMetricsEndpoints"]
    return {
        "honor_labels": endpoint.get("honorLabels", False),
        "honor_timestamps": endpoint.get("honorTimestamps", True),
        "metric_relabel_configs": _relabelled(endpoint.get("metricRelabelings", ())),
        "relabel_configs": _relabelled(endpoint.get("relabelings", ())),
        **{theirs: monitor[ours] for ours, theirs in LIMITS.items() if ours in monitor},
    }


def _relabelled(rules: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = {"sourceLabels": "source_labels", "targetLabel": "target_label"}
    return [{names.get(key, key): value for key, value in rule.items()} for rule in rules]


@contextlib.contextmanager
def prometheus_server(
    directory: Path,
    *,
    targets: Mapping[str, Target],
    rules: Mapping[str, Any],
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[Prometheus]:
    """Run Prometheus until the block ends; it scrapes and judges each second.

    ``settings`` are more of a target's, by its name, such as :func:`as_scraped` makes of a PodMonitor.
    """
    directory.mkdir(exist_ok=True)
    port = free_port()
    (directory / "rules.yaml").write_text(yaml.safe_dump(rules))
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [
            {
                "job_name": name,
                "honor_labels": True,
                **(settings or {}).get(name, {}),
                "static_configs": [{"targets": [f"127.0.0.1:{target.port}"], "labels": {**target.labels}}],
            }
            for name, target in targets.items()
        ],
    }
    (directory / "prometheus.yaml").write_text(yaml.safe_dump(config))
    command = [
        "prometheus",
        f"--config.file={directory / 'prometheus.yaml'}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]

    def ready() -> bool:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2) as answer,
        ):
            return bool(answer.status == 200)
        return False

    with running(command, log=directory / "prometheus.log", ready=ready):
        yield Prometheus(port=port)
