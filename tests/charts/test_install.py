"""The chart with Helm on a real API server (no kubelet: pods are asked for, not run)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from helmchart import NAMESPACE, ROOT, Installed

if TYPE_CHECKING:
    from typing import Any

DATABASES = {
    "watch": {"namespaces": ["bots"]},
    "redis": {"enabled": True},
    "postgresql": {"enabled": True},
}
BOT = {
    "apiVersion": "botpod.dev/v1alpha1",
    "kind": "BotInstance",
    "metadata": {"name": "stays", "namespace": "bots"},
    "spec": {"credentials": {"secretRef": {"name": "any"}}},
}


def established(installed: Installed) -> None:
    for crd in ("botinstances", "botclasses"):
        installed.server.kubectl(
            "wait", "--for=condition=Established", f"crd/{crd}.botpod.dev", "--timeout=30s"
        )


def password(installed: Installed, component: str) -> str:
    secret = installed.server.get("secret", f"botpod-{component}", "-n", NAMESPACE)
    return str(secret["data"]["password"])


@pytest.mark.req("CP-73", "AC-81")
@pytest.mark.partly(
    "AU-41", "AU-56", lacks="the chart is ready; no production cluster is provisioned or deployed to"
)
def test_one_command_installs_crds_and_all(installed: Installed) -> None:
    installed.upgrade(DATABASES)
    established(installed)
    deployment = installed.server.get("deployment", "botpod-operator", "-n", NAMESPACE)
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/operator:1"


def test_the_operator_may_make_the_default_class_that_the_chart_gives_it(installed: Installed) -> None:
    installed.upgrade(DATABASES)
    established(installed)
    spec = installed.render(DATABASES).operator_file()["defaultClass"]
    assert spec["state"]["redis"]["url"] == "rediss://botpod-redis.botpod-system.svc:6379/0"
    manifest = yaml.safe_dump(
        {
            "apiVersion": "botpod.dev/v1alpha1",
            "kind": "BotClass",
            "metadata": {"name": "default"},
            "spec": spec,
        }
    )
    who = f"--as=system:serviceaccount:{NAMESPACE}:botpod-operator"
    for _ in range(2):
        installed.server.kubectl(
            "apply", "--server-side", "--validate=strict", who, "-f", "-", stdin=manifest
        )
    assert installed.server.get("botclass", "default")["spec"]["image"] == "registry.example/bot:1"


def test_generated_passwords_differ_and_outlive_an_upgrade(installed: Installed) -> None:
    installed.upgrade(DATABASES)
    before = [password(installed, component) for component in ("redis", "postgresql")]
    installed.upgrade({**DATABASES, "operator": {"image": "registry.example/operator:2"}})
    assert [password(installed, component) for component in ("redis", "postgresql")] == before
    assert len(set(before)) == len(before)


def test_an_upgrade_reaches_the_crds(installed: Installed) -> None:
    installed.upgrade(DATABASES)
    established(installed)
    server = installed.server
    path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/suspend"
    patch = json.dumps([{"op": "remove", "path": path}])
    server.kubectl("patch", "crd", "botinstances.botpod.dev", "--type=json", "--patch", patch)
    installed.upgrade({**DATABASES, "operator": {"logging": {"level": "DEBUG"}}})
    crd = server.get("crd", "botinstances.botpod.dev")
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert "suspend" in spec["properties"]


def test_an_uninstall_leaves_the_bots(installed: Installed) -> None:
    installed.upgrade(DATABASES)
    established(installed)
    installed.server.apply(BOT)
    installed.helm("uninstall", "botpod")
    assert installed.server.get("bot", "stays", "-n", "bots")["spec"]["credentials"]
    gone = installed.server.get("deployments,statefulsets", "-n", NAMESPACE)
    assert gone["items"] == []
    installed.upgrade(DATABASES)
    assert installed.server.get("bot", "stays", "-n", "bots")["metadata"]["uid"]


def test_every_pod_is_admitted_under_the_restricted_level(installed: Installed) -> None:
    installed.upgrade(DATABASES)
    for workload in installed.render(DATABASES).workloads:
        template = workload["spec"]["template"]
        volumes = [{"name": "data", "emptyDir": {}}] if workload["kind"] == "StatefulSet" else []
        pod: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "tried", "namespace": NAMESPACE, "labels": template["metadata"]["labels"]},
            "spec": {**template["spec"], "volumes": [*template["spec"]["volumes"], *volumes]},
        }
        admitted = installed.server.kubectl(
            "create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(pod)
        )
        assert "pod/tried created" in admitted


EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.yaml"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_api_server_takes_every_example(installed: Installed, name: str) -> None:
    installed.upgrade(DATABASES)
    established(installed)
    path = str(ROOT / "examples" / name)
    said = installed.server.kubectl(
        "create", "--dry-run=server", "--validate=strict", "-n", "bots", "-f", path
    )
    assert "created" in said
