"""All children of one bot, in the order in which they are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.desired.configmap import configmap
from botpod_operator.desired.deployment import deployment
from botpod_operator.desired.horizontalpodautoscaler import horizontalpodautoscaler
from botpod_operator.desired.ingress import ingress
from botpod_operator.desired.networkpolicy import Peers, networkpolicy
from botpod_operator.desired.persistentvolumeclaim import persistentvolumeclaim
from botpod_operator.desired.poddisruptionbudget import poddisruptionbudget
from botpod_operator.desired.service import service
from botpod_operator.desired.serviceaccount import serviceaccount

if TYPE_CHECKING:
    from botpod_credentials.pod.order import Order
    from botpod_operator.desired.manifest import Manifest
    from botpod_operator.effective import Effective


NOBODY_ELSE = Peers()
"""Nobody but the operator in its usual namespace, and what looks like Prometheus."""


def kinds(effective: Effective) -> tuple[str, ...]:
    """Return the kinds of all children but the Secret, without making them."""
    return (
        "ServiceAccount",
        "ConfigMap",
        *(("PersistentVolumeClaim",) if effective.volume else ()),
        "NetworkPolicy",
        "Service",
        "PodDisruptionBudget",
        *(("HorizontalPodAutoscaler",) if effective.autoscaling else ()),
        *(("Ingress",) if effective.ingress else ()),
        "Deployment",
    )


def desired_objects(
    effective: Effective, order: Order | None = None, *, peers: Peers = NOBODY_ELSE
) -> tuple[Manifest, ...]:
    """Return every child but the Secret, whose values the caller alone holds.

    The pods come last: what they mount and what guards them is there before them.
    """
    identity = effective.identity
    return tuple(
        manifest
        for manifest in (
            serviceaccount(identity),
            configmap(effective, order),
            persistentvolumeclaim(effective),
            networkpolicy(effective, peers),
            service(effective),
            poddisruptionbudget(identity),
            horizontalpodautoscaler(effective),
            ingress(effective),
            deployment(effective),
        )
        if manifest is not None
    )
