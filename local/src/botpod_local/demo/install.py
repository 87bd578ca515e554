"""The operator by Helm and the bot by kubectl, as on any cluster."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from botpod_local.binaries import binary
from botpod_local.checkout import project_root
from botpod_local.demo.plan import BOT, NAMESPACE, SYSTEM_NAMESPACE
from botpod_local.errors import LocalError
from botpod_local.execute import Failed, execute

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from botpod_local.cluster import Cluster

RELEASE = "botpod"
HELM_S = 180
READY_S = 180
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


def chart_directory() -> Path:
    """Return the chart of the checkout that this package is in."""
    return project_root() / "charts" / "botpod"


def example_bot() -> dict[str, Any]:
    """Return the manifest of ``examples/hello.yaml``."""
    manifest: dict[str, Any] = yaml.safe_load((project_root() / "examples" / "hello.yaml").read_text("utf-8"))
    return manifest


def ensure_namespace(cluster: Cluster, name: str) -> None:
    """Make a namespace that admits only pods of the restricted level."""
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": RESTRICTED}}
    cluster.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(manifest))


def install_chart(cluster: Cluster, values: Mapping[str, object], *arguments: str) -> None:
    """Install the release or bring it to ``values``, and wait for its pods. LocalError with Helm's words."""
    ensure_namespace(cluster, SYSTEM_NAMESPACE)
    try:
        helm(
            cluster,
            *("upgrade", "--install", RELEASE, str(chart_directory()), "--wait", "--timeout", f"{HELM_S}s"),
            *("--values", "-", *arguments),
            stdin=json.dumps(values),
        )
    except LocalError as error:
        pods = cluster.kubectl("get", "pods", "-n", SYSTEM_NAMESPACE)
        raise LocalError(f"{error}\n{pods}") from error


def helm(cluster: Cluster, *arguments: str, stdin: str | None = None) -> str:
    """Run Helm in the system namespace; return what it prints. LocalError with what it complains of."""
    try:
        return execute(
            *(binary("helm"), f"--kubeconfig={cluster.kubeconfig}", f"--namespace={SYSTEM_NAMESPACE}"),
            *arguments,
            stdin=stdin,
            timeout_s=HELM_S + 30,
        )
    except Failed as error:
        raise LocalError(f"helm {arguments[0]}: {error.output}") from error


def apply_bot(cluster: Cluster, manifest: Mapping[str, object]) -> None:
    """Apply the bot and wait until it can answer. LocalError with its conditions when it does not."""
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    target = (f"bot/{BOT}", "-n", NAMESPACE)
    try:
        cluster.kubectl(
            "wait", "--for=condition=Ready", *target, f"--timeout={READY_S}s", timeout_s=READY_S + 30
        )
    except LocalError as error:
        columns = r'jsonpath={range .status.conditions[*]}{.type}={.status}: {.message}{"\n"}{end}'
        conditions = cluster.kubectl("get", *target, "-o", columns)
        raise LocalError(f"the bot is not ready after {READY_S} s.\n{conditions}") from error
