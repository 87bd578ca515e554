"""The HorizontalPodAutoscaler, which edits the BotInstance's own scale subresource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.api import API_VERSION
from botpod_operator.desired.manifest import Manifest, head
from botpod_operator.quantities import canonical

if TYPE_CHECKING:
    from botpod_operator.api.autoscaling import Autoscaling
    from botpod_operator.effective import Effective

DEFAULT_CPU = 80
"""Percent of the request, where neither a target nor a metric is given."""


def horizontalpodautoscaler(effective: Effective) -> Manifest | None:
    """Return the HorizontalPodAutoscaler, or None where none is asked for."""
    scaling = effective.autoscaling
    if scaling is None:
        return None
    spec: Manifest = {
        "scaleTargetRef": {
            "apiVersion": API_VERSION,
            "kind": "BotInstance",
            "name": effective.identity.name,
        },
        "minReplicas": scaling.min_replicas,
        "maxReplicas": scaling.max_replicas,
        "metrics": _metrics(scaling),
    }
    behavior = _behavior(scaling)
    if behavior:
        spec["behavior"] = behavior
    return {
        **head(effective.identity, api_version="autoscaling/v2", kind="HorizontalPodAutoscaler"),
        "spec": spec,
    }


def _metrics(scaling: Autoscaling) -> list[Manifest]:
    """Return the targets and the raw metrics: they add up, and the one that asks for most counts."""
    cpu, memory = scaling.target_cpu_utilization_percentage, scaling.target_memory_utilization_percentage
    if cpu is None and memory is None and not scaling.metrics:
        cpu = DEFAULT_CPU
    targets = [
        {"type": "Resource", "resource": {"name": name, "target": _utilization(percent)}}
        for name, percent in (("cpu", cpu), ("memory", memory))
        if percent is not None
    ]
    given = [metric.model_dump(by_alias=True, exclude_none=True) for metric in scaling.metrics or ()]
    return [*targets, *map(_written, given)]


def _utilization(percent: int) -> Manifest:
    return {"type": "Utilization", "averageUtilization": percent}


def _behavior(scaling: Autoscaling) -> Manifest:
    """Return the directions that say something: one left empty is filled with what holds without it."""
    given = scaling.behavior.model_dump(by_alias=True, exclude_none=True) if scaling.behavior else {}
    return {direction: _quantities(rules, "tolerance") for direction, rules in given.items() if rules}


def _written(metric: Manifest) -> Manifest:
    """Write the target's quantities as the API server does: what is stored then equals what we want."""
    return {
        field: {**details, "target": _quantities(details["target"], "value", "averageValue")}
        if isinstance(details, dict) and isinstance(details.get("target"), dict)
        else details
        for field, details in metric.items()
    }


def _quantities(fields: Manifest, *names: str) -> Manifest:
    return {
        name: canonical(value) if name in names and isinstance(value, (int, str)) else value
        for name, value in fields.items()
    }
