"""What the chart gives the operator: its rights, its policies, its configuration."""

from __future__ import annotations

import subprocess
from typing import Any

import yaml
from world import ROOT

from botpod_local.binaries import binary

OWN = "botpod-system"
RIGHTS = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
BOUNDS = {"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}


def rendered(*values: str, version: str = "1.34.4") -> list[dict[str, Any]]:
    """Return what the chart makes of values, as release ``trial``."""
    command = [
        binary("helm"),
        "template",
        "trial",
        ROOT / "charts" / "botpod",
        f"--namespace={OWN}",
        f"--kube-version={version}",
        "--set=operator.image=registry.invalid/operator:1",
        "--set=defaultClass.image=registry.invalid/bot:1",
        *(f"--set={value}" for value in values),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


def operator_config(manifests: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the operator's configuration."""
    (config,) = (
        manifest["data"]["config.yaml"]
        for manifest in manifests
        if manifest["kind"] == "ConfigMap" and manifest["metadata"]["name"].endswith("-operator")
    )
    content: dict[str, Any] = yaml.safe_load(config)
    return content
