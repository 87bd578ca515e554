"""An operator of the next build must not restart the pods of the last one, unless somebody meant it to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from samples import effective_bot

from botpod_operator.desired.objects import desired_objects

GOLDEN = Path(__file__).parent / "pod-templates.yaml"
STATE = {
    "redis": {"url": "redis://redis.db.svc:6379/0", "passwordSecretRef": {"name": "redis"}},
    "postgresql": {"url": "postgresql://botpod@pg.db.svc:5432/botpod"},
}
BOTS: dict[str, dict[str, Any]] = {
    "least": {},
    "shared": {
        "spec": {
            "replicas": 2,
            "models": [{"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}],
            "autoscaling": {"maxReplicas": 4},
        },
        "class_spec": {"state": STATE},
    },
    "disk": {
        "spec": {"pod": {"nodeSelector": {"disk": "ssd"}, "env": [{"name": "TZ", "value": "UTC"}]}},
        "class_spec": {"state": {"volume": {"size": "2Gi"}}},
    },
    "direct": {
        "spec": {"credentials": {"vault": {"path": "bots/hello"}, "delivery": "Direct"}},
        "class_spec": {"state": STATE, "vault": {"address": "https://vault.db.svc:8200"}},
    },
}


def _template(name: str) -> dict[str, Any]:
    objects = {one["kind"]: one for one in desired_objects(effective_bot(**BOTS[name]))}
    template: dict[str, Any] = objects["Deployment"]["spec"]["template"]
    return template


@pytest.mark.parametrize("name", BOTS)
def test_a_pod_template_is_what_it_was(name: str) -> None:
    """A difference restarts every pod at the upgrade: mean it, say it in CHANGELOG.md, and edit the file."""
    assert _template(name) == yaml.safe_load(GOLDEN.read_text())[name]
