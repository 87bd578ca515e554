"""That an object the API server stored is recognised as the one that was applied, whatever the kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from samples import effective_bot

from botpod_operator.desired.objects import desired_objects
from botpod_operator.identity import MANAGER
from botpod_operator.watch.views import desired_digest, live_digest

if TYPE_CHECKING:
    from apiserver import ApiServer

BARE: dict[str, Any] = {"spec": {}, "class_spec": {}}
METRICS = [
    {
        "type": "ContainerResource",
        "containerResource": {
            "name": "memory",
            "container": "bot",
            "target": {"type": "AverageValue", "averageValue": "1024Mi"},
        },
    },
    {
        "type": "Pods",
        "pods": {"metric": {"name": "inflight"}, "target": {"type": "AverageValue", "averageValue": 2000}},
    },
    {
        "type": "Object",
        "object": {
            "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "inbox"},
            "metric": {"name": "waiting", "selector": {"matchLabels": {"value": "1024Mi"}}},
            "target": {"type": "Value", "value": "1000m"},
        },
    },
]
RICH: dict[str, Any] = {
    "spec": {
        "replicas": 3,
        "autoscaling": {
            "maxReplicas": 5,
            "targetMemoryUtilizationPercentage": 70,
            "metrics": METRICS,
            "behavior": {
                "scaleUp": {"selectPolicy": "Max"},
                "scaleDown": {
                    "stabilizationWindowSeconds": 60,
                    "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
                },
            },
        },
        "pod": {
            "resources": {"requests": {"cpu": "1500m", "memory": "1024Mi"}, "limits": {"cpu": 2}},
            "nodeSelector": {"disk": "ssd"},
            "tolerations": [{"key": "gpu", "operator": "Exists"}],
            "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
            "env": [{"name": "TZ", "value": "UTC"}, {"name": "EMPTY", "value": ""}],
            "imagePullSecrets": [{"name": "pull"}],
            "labels": {"team": "blue"},
            "annotations": {"note": "x"},
            "topologySpreadConstraints": [
                {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 2}
            ],
            "priorityClassName": "high",
        },
    },
    "class_spec": {"state": {"redis": {"url": "redis://10.0.0.5:6379/0"}, "volume": {"size": "1024Mi"}}},
}


@pytest.mark.parametrize("bot", [BARE, RICH], ids=["bare", "rich"])
def test_what_was_applied_is_recognised(
    cluster: ApiServer, bot: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    namespace = f"views-{request.node.callspec.id}"
    cluster.kubectl("create", "namespace", namespace)
    for manifest in desired_objects(effective_bot(namespace=namespace, **bot)):
        text = cluster.kubectl(
            "apply",
            "--server-side",
            f"--field-manager={MANAGER}",
            "-o",
            "json",
            "--show-managed-fields",
            "-f",
            "-",
            stdin=json.dumps(manifest),
        )
        live = json.loads(text)
        assert live_digest(live) == desired_digest(manifest), manifest["kind"]
