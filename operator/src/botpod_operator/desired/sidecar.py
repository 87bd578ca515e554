"""The container beside the bot that takes the credentials from Vault, where they are delivered directly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_credentials.keys import DELIVERY_FILE
from botpod_operator.desired.botconfig import credentials_directory
from botpod_operator.desired.configmap import ORDER_FILE
from botpod_operator.desired.container import amounts, probe, restricted
from botpod_operator.desired.manifest import CREDENTIALS_PORT, Manifest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_operator.api.credentials import Key
    from botpod_operator.effective import Effective

CONTAINER = "credentials"
TOKEN_SECONDS = 600
"""How long the ServiceAccount's token lives, the least there is; the kubelet renews it in its file."""
CPU_LIMIT = "250m"
"""Used where CPU is limited: the container starts in 0.7 s of a core, so in about three seconds then."""
_ETC = "/etc/botpod-credentials"


def beside(effective: Effective) -> Manifest:
    """Return ``initContainers``: one that goes on running, and has the bot wait until its files are there."""
    if not effective.direct:
        return {}
    container = {
        "name": CONTAINER,
        # The bot's own: a new operator must not roll the pods.
        "image": effective.image,
        "imagePullPolicy": effective.image_pull_policy,
        "restartPolicy": "Always",
        "command": [
            "botpod-credentials",
            f"--order={_ETC}/{ORDER_FILE}",
            f"--passwords={_ETC}/passwords",
            f"--token={_ETC}/token",
            f"--folder={credentials_directory(effective)}",
            f"--port={CREDENTIALS_PORT}",
        ],
        "ports": [{"name": CONTAINER, "containerPort": CREDENTIALS_PORT, "protocol": "TCP"}],
        # Refused credentials are mended by people: it waits for them, ten minutes at a time.
        "startupProbe": probe("/started", port=CONTAINER, period=1, failures=600),
        "livenessProbe": probe("/livez", port=CONTAINER, period=10, failures=3),
        "resources": _resources(effective),
        "securityContext": restricted(),
        "volumeMounts": [
            {"name": "credentials-order", "mountPath": _ETC, "readOnly": True},
            {"name": "credentials", "mountPath": credentials_directory(effective)},
        ],
    }
    return {"initContainers": [container]}


def _resources(effective: Effective) -> Manifest:
    """Return what the container asks for: a limit on CPU only beside a bot that has one.

    A ResourceQuota on ``limits.cpu`` refuses a pod unless each of its containers has that limit.
    """
    given = effective.class_pods.credentials_resources
    if given is not None:
        return amounts(given)
    limits = {"memory": "128Mi"}
    if "cpu" in (effective.resources.limits or {}):
        limits["cpu"] = CPU_LIMIT
    return {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": limits}


def mounts_beside(effective: Effective) -> list[Manifest]:
    """Return what the bot mounts of it."""
    if not effective.direct:
        return []
    return [{"name": "credentials", "mountPath": credentials_directory(effective), "readOnly": True}]


def volumes_beside(effective: Effective) -> list[Manifest]:
    """Return the volumes: files in memory, and what the container needs to know."""
    if not effective.direct or effective.vault is None:
        return []
    name, passwords = effective.identity.child, effective.state.passwords
    sources: list[Manifest] = [
        {"configMap": {"name": name, "items": [{"key": ORDER_FILE, "path": ORDER_FILE}]}},
        {
            "serviceAccountToken": {
                "audience": effective.vault.audience,
                "expirationSeconds": TOKEN_SECONDS,
                "path": "token",
            }
        },
    ]
    if passwords:
        sources.append(secret_items(effective, passwords, "passwords"))
    return [
        {"name": "credentials-order", "projected": {"defaultMode": 0o440, "sources": sources}},
        {"name": "credentials", "emptyDir": {"medium": "Memory", "sizeLimit": "4Mi"}},
    ]


def secret_items(effective: Effective, keys: Iterable[Key], folder: str) -> Manifest:
    """Return the part of a projected volume with these keys of the bot's Secret, below ``folder``."""
    names = [*sorted(key.name for key in keys), DELIVERY_FILE]
    items = [{"key": name, "path": f"{folder}/{name}"} for name in names]
    return {"secret": {"name": effective.identity.child, "items": items}}
