"""The kinds of objects the operator deals with, and where the API server serves them."""

from __future__ import annotations

from dataclasses import dataclass

from botpod_operator.api import GROUP, VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind, such as Deployment in ``apps/v1``."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """``apps/v1``, or ``v1`` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, *, namespace: str | None = None, name: str | None = None, sub: str | None = None) -> str:
        """Return the path of the collection, of one object, or of its subresource."""
        parts = ["", "apis", self.group] if self.group else ["", "api"]
        parts.append(self.version)
        if self.namespaced and namespace is not None:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        return "/".join([*parts, *filter(None, (name, sub))])


BOT_INSTANCE = Resource(group=GROUP, version=VERSION, kind="BotInstance", plural="botinstances")
BOT_CLASS = Resource(group=GROUP, version=VERSION, kind="BotClass", plural="botclasses", namespaced=False)
SECRET = Resource(group="", version="v1", kind="Secret", plural="secrets")
NAMESPACE = Resource(group="", version="v1", kind="Namespace", plural="namespaces", namespaced=False)
LEASE = Resource(group="coordination.k8s.io", version="v1", kind="Lease", plural="leases")
EVENT = Resource(group="events.k8s.io", version="v1", kind="Event", plural="events")
SERVICE_ACCOUNT = Resource(group="", version="v1", kind="ServiceAccount", plural="serviceaccounts")
POD = Resource(group="", version="v1", kind="Pod", plural="pods")
CONFIG_MAP = Resource(group="", version="v1", kind="ConfigMap", plural="configmaps")
CLAIM = Resource(group="", version="v1", kind="PersistentVolumeClaim", plural="persistentvolumeclaims")
SERVICE = Resource(group="", version="v1", kind="Service", plural="services")
DEPLOYMENT = Resource(group="apps", version="v1", kind="Deployment", plural="deployments")
DISRUPTION_BUDGET = Resource(
    group="policy", version="v1", kind="PodDisruptionBudget", plural="poddisruptionbudgets"
)
AUTOSCALER = Resource(
    group="autoscaling", version="v2", kind="HorizontalPodAutoscaler", plural="horizontalpodautoscalers"
)
NETWORK_POLICY = Resource(
    group="networking.k8s.io", version="v1", kind="NetworkPolicy", plural="networkpolicies"
)
INGRESS = Resource(group="networking.k8s.io", version="v1", kind="Ingress", plural="ingresses")

CHILDREN: dict[str, Resource] = {
    resource.kind: resource
    for resource in (
        SERVICE_ACCOUNT,
        CONFIG_MAP,
        CLAIM,
        NETWORK_POLICY,
        SERVICE,
        DISRUPTION_BUDGET,
        DEPLOYMENT,
        AUTOSCALER,
        INGRESS,
    )
}
"""The watched kinds of children. Secrets are not watched: nobody's values pass through the watches."""

KEPT = frozenset({"PersistentVolumeClaim"})
"""Never pruned: what a bot remembers outlives a change of class, and goes with the bot."""
