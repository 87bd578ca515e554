"""What Flux, Helm and Argo CD make of a bot: by their own libraries, and by what our page has to paste."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from typing import Any

import pytest
import yaml
from samples import DELIVERY, effective_bot, identity
from world import ROOT, STATE

from botpod_credentials.errors import CredentialsUnusable
from botpod_local.binaries import binary
from botpod_operator.api.status import BotInstanceStatus
from botpod_operator.credentials.delivery import Outcome
from botpod_operator.policies import Problem
from botpod_operator.reporting.facts import Facts
from botpod_operator.reporting.status import status
from botpod_operator.usage.health import Health
from botpod_operator.watch.rollout import Rollout

UP = Rollout(wanted=2, replicas=2, updated=2, ready=2, available=2, current=True, stalled=None, blocked=None)
NONE = UP.__replace__(wanted=0, replicas=0, updated=0, ready=0, available=0)
FINE = Facts(generation=1, effective=effective_bot(), outcome=Outcome(delivery=DELIVERY), rollout=UP)
SHARING = effective_bot(class_spec={"state": STATE})
SEALED = CredentialsUnusable("KeyMissing", "there is no key.", certain=True)


def _refused(reason: str, *, generation: int = 1) -> Facts:
    return Facts(generation=generation, problems=(Problem(reason=reason, message="No."),), rollout=UP)


def _seen(*looks: Facts, generation: int | None = None) -> dict[str, Any]:
    """Return a bot after these looks; ``generation`` is the resource's, where that is ahead."""
    found = BotInstanceStatus(observed_generation=-1)
    for facts in looks:
        found = status(identity=identity(), facts=facts, before=found, now="2026-01-01T00:00:00Z")
    newest = looks[-1].generation if looks else 1
    return {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotInstance",
        "metadata": {"name": "hello", "namespace": "default", "generation": generation or newest},
        "status": found.model_dump(by_alias=True, exclude_none=True, mode="json"),
    }


@cache
def _page() -> tuple[dict[str, str], str]:
    """Return Flux's expressions and Argo CD's script as they stand on the page."""
    text = (ROOT / "docs/reference/gitops.md").read_text()
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    by_kind = {block["kind"]: block for block in blocks}
    (expressions,) = by_kind["Kustomization"]["spec"]["healthCheckExprs"]
    script = by_kind["ConfigMap"]["data"]["resource.customizations.health.botpod.dev_BotInstance"]
    return {name: expressions[name] for name in ("inProgress", "failed", "current")}, script


def _health(bot: dict[str, Any]) -> tuple[str, str, str]:
    expressions, script = _page()
    done = subprocess.run(
        [binary("gitops-health")],
        input=json.dumps({"object": bot, "cel": expressions, "lua": script}),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return said["kstatus"], said["flux"], said["argo"]


@pytest.mark.parametrize(
    ("bot", "health"),
    [
        pytest.param(_seen(), ("InProgress", "InProgress", "Progressing"), id="nobody looked yet"),
        pytest.param(_seen(FINE), ("Current", "Current", "Healthy"), id="done"),
        pytest.param(
            _seen(FINE.__replace__(effective=SHARING, health=Health(pods=2, cut_off=2))),
            ("Current", "Current", "Healthy"),
            id="Redis is away",
        ),
        pytest.param(
            _seen(FINE, generation=2), ("InProgress", "InProgress", "Progressing"), id="edited, not seen yet"
        ),
        pytest.param(
            _seen(FINE.__replace__(rollout=UP.__replace__(updated=1))),
            ("InProgress", "InProgress", "Progressing"),
            id="rolling out while it serves",
        ),
        pytest.param(
            _seen(FINE.__replace__(rollout=UP.__replace__(ready=0, available=0))),
            ("InProgress", "InProgress", "Progressing"),
            id="starting",
        ),
        pytest.param(
            _seen(FINE.__replace__(rollout=UP.__replace__(updated=1, stalled="too slow"))),
            ("Failed", "Failed", "Degraded"),
            id="stuck while it serves",
        ),
        pytest.param(
            _seen(FINE, _refused("UnknownSkill", generation=2)),
            ("InProgress", "Failed", "Degraded"),
            id="refused edit of a bot that serves",
        ),
        pytest.param(
            _seen(_refused("ClassNotFound")),
            ("InProgress", "InProgress", "Degraded"),
            id="its class may be on the way",
        ),
        pytest.param(
            _seen(FINE.__replace__(outcome=Outcome(delivery=DELIVERY, problem=SEALED))),
            ("InProgress", "Failed", "Degraded"),
            id="new credentials refused",
        ),
        pytest.param(
            _seen(FINE.__replace__(effective=effective_bot(spec={"suspend": True}), rollout=NONE)),
            ("InProgress", "Current", "Suspended"),
            id="suspended",
        ),
        pytest.param(
            _seen(FINE.__replace__(effective=effective_bot(spec={"replicas": 0}), rollout=NONE)),
            ("InProgress", "Current", "Suspended"),
            id="at 0",
        ),
    ],
)
def test_health(bot: dict[str, Any], health: tuple[str, str, str]) -> None:
    assert _health(bot) == health
