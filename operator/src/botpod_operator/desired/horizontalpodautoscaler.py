"""The HorizontalPodAutoscaler, which edits the BotInstance's own scale subresource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.api import API_VERSION
from botpod_operator.desired.manifest import Manifest, head

if TYPE_CHECKING:
    from botpod_operator.effective import Effective

DEFAULT_CPU = 80
"""Percent of the request, where no target is given."""


def horizontalpodautoscaler(effective: Effective) -> Manifest | None:
    """Return the HorizontalPodAutoscaler, or None where none is asked for."""
    scaling = effective.autoscaling
    if scaling is None:
        return None
    cpu, memory = scaling.target_cpu_utilization_percentage, scaling.target_memory_utilization_percentage
    if cpu is None and memory is None:
        cpu = DEFAULT_CPU
    return {
        **head(effective.identity, api_version="autoscaling/v2", kind="HorizontalPodAutoscaler"),
        "spec": {
            "scaleTargetRef": {
                "apiVersion": API_VERSION,
                "kind": "BotInstance",
                "name": effective.identity.name,
            },
            "minReplicas": scaling.min_replicas,
            "maxReplicas": scaling.max_replicas,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": name,
                        "target": {"type": "Utilization", "averageUtilization": target},
                    },
                }
                for name, target in (("cpu", cpu), ("memory", memory))
                if target is not None
            ],
        },
    }
