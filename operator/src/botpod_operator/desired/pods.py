"""The pod template: admitted under the restricted Pod Security level, whatever the owner overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_operator.desired.botconfig import GRACE_SECONDS
from botpod_operator.desired.configmap import FILE
from botpod_operator.desired.container import amounts, probe, restricted
from botpod_operator.desired.manifest import INTERNAL_PORT, PUBLIC_PORT, Manifest
from botpod_operator.desired.sidecar import beside, mounts_beside, secret_items, volumes_beside

if TYPE_CHECKING:
    from botpod_operator.api.base import ApiModel
    from botpod_operator.effective import Effective

USER = 65532
_IDS = {
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "fsGroupChangePolicy": "OnRootMismatch",
}
CONTAINER = "bot"


def template(effective: Effective, *, annotations: dict[str, str]) -> Manifest:
    """Return the Deployment's pod template; a change of ``annotations`` rolls the pods."""
    pod, identity = effective.pod, effective.identity
    overrides = {
        "nodeSelector": pod.node_selector,
        "tolerations": _dumped(pod.tolerations),
        "affinity": pod.affinity,
        "priorityClassName": pod.priority_class_name,
        "imagePullSecrets": _dumped(pod.image_pull_secrets),
    }
    return {
        "metadata": {
            "labels": {**(pod.labels or {}), **identity.labels},
            "annotations": {**(pod.annotations or {}), **annotations},
        },
        "spec": {
            "serviceAccountName": identity.child,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            # The bot's own grace, and time to be told and to close.
            "terminationGracePeriodSeconds": GRACE_SECONDS + 5,
            "securityContext": {
                "runAsNonRoot": True,
                **(_IDS if effective.class_pods.user_ids == "Fixed" else {}),
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "topologySpreadConstraints": _spread(effective),
            **beside(effective),
            "containers": [_container(effective)],
            "volumes": [*_volumes(effective), *volumes_beside(effective)],
            **{key: value for key, value in overrides.items() if value is not None},
        },
    }


def _container(effective: Effective) -> Manifest:
    container: Manifest = {
        "name": CONTAINER,
        "image": effective.image,
        "imagePullPolicy": effective.image_pull_policy,
        "command": ["botpod", "run", "--config", f"/etc/botpod/{FILE}"],
        "ports": [
            {"name": "http", "containerPort": PUBLIC_PORT, "protocol": "TCP"},
            {"name": "internal", "containerPort": INTERNAL_PORT, "protocol": "TCP"},
        ],
        # 60 s to come up, looked at each second so that a start is seen at once.
        "startupProbe": probe("/livez", port="internal", period=1, failures=60),
        "livenessProbe": probe("/livez", port="internal", period=10, failures=3),
        "readinessProbe": probe("/readyz", port="internal", period=2, failures=2),
        "resources": amounts(effective.resources),
        "securityContext": restricted(),
        "volumeMounts": [
            {"name": "etc", "mountPath": "/etc/botpod", "readOnly": True},
            *mounts_beside(effective),
            {"name": "data", "mountPath": "/var/lib/botpod"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a mount of the pod's own
        ],
    }
    env = _dumped(effective.pod.env)
    return {**container, "env": env} if env else container


def _volumes(effective: Effective) -> list[Manifest]:
    name = effective.identity.child
    data = {"persistentVolumeClaim": {"claimName": name}} if effective.volume else {"emptyDir": {}}
    return [
        {
            "name": "etc",
            # One volume for both: a mount can't be made below a read-only one.
            "projected": {
                "defaultMode": 0o440,
                "sources": [
                    {"configMap": {"name": name, "items": [{"key": FILE, "path": FILE}]}},
                    *(() if effective.direct else (secret_items(effective, effective.keys, "credentials"),)),
                ],
            },
        },
        {"name": "data", **data},
        {"name": "tmp", "emptyDir": {}},
    ]


def _spread(effective: Effective) -> list[Manifest]:
    selector = {"matchLabels": effective.identity.selector}
    given = effective.pod.topology_spread_constraints
    if given is not None:
        return [{**rule, "labelSelector": selector} for rule in _dumped(given) or []]
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": selector,
        }
    ]


def _dumped(models: tuple[ApiModel, ...] | None) -> list[dict[str, Any]] | None:
    if models is None:
        return None
    return [model.model_dump(by_alias=True, exclude_none=True) for model in models]
