"""What a new cluster gets applied. Pure.

The rights of its own processes, services for those outside of pods, a storage class, and the Pod Security
level that its namespaces enforce.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.cluster.layout import METRICS_PORT, VAULT_PORT, VAULT_TLS_PORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botpod_local.cluster.layout import Layout

Manifest = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
STORAGE_CLASS = "local"
PROVISIONER_NAME = "local.botpod.dev/directory"
RESTRICTED_NAMESPACES = ("default", "kube-system", "vault")


def manifests(layout: Layout, authority: str) -> Iterator[Manifest]:
    """Yield all objects in the order in which they can be applied; ``authority`` is the CA, base64 of PEM."""
    for namespace in RESTRICTED_NAMESPACES:
        yield _namespace(namespace)
    yield from _rights()
    yield _storage_class()
    yield from _outside_pods(layout, "vault", "vault", {"http": VAULT_PORT, "https": VAULT_TLS_PORT})
    yield from _outside_pods(
        layout, "metrics-server", "kube-system", {"https": METRICS_PORT}, service_ports={"https": 443}
    )
    yield _metrics_api(authority)


def _namespace(name: str) -> Manifest:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _rights() -> Iterator[Manifest]:
    kubelet_rights = [_rule("", ["nodes/proxy", "nodes/stats", "nodes/log", "nodes/metrics"], ["*"])]
    yield from _granted("botpod:kubelet-admins", kubelet_rights, group="botpod:kubelet-admins")
    yield from _granted(
        "system:coredns",
        [
            _rule("", ["endpoints", "services", "pods", "namespaces"], ["list", "watch"]),
            _rule("discovery.k8s.io", ["endpointslices"], ["list", "watch"]),
        ],
        user="system:coredns",
    )
    yield from _granted(
        "system:metrics-server",
        [
            _rule("", ["nodes/metrics"], ["get"]),
            _rule("", ["pods", "nodes"], ["get", "list", "watch"]),
        ],
        user="system:metrics-server",
    )
    yield _binding("system:metrics-server:delegator", "system:auth-delegator", user="system:metrics-server")
    yield _binding(
        *("metrics-server-reader", "extension-apiserver-authentication-reader"),
        user="system:metrics-server",
        namespace="kube-system",
    )
    yield from _granted(
        "botpod:storage-provisioner",
        [
            _rule("", ["persistentvolumes"], ["get", "list", "watch", "create", "patch", "delete"]),
            _rule("", ["persistentvolumeclaims"], ["get", "list", "watch"]),
        ],
        user="botpod:storage-provisioner",
    )


def _rule(group: str, resources: list[str], verbs: list[str]) -> Manifest:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _granted(name: str, rules: list[Manifest], *, user: str = "", group: str = "") -> Iterator[Manifest]:
    yield {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
    yield _binding(name, name, user=user, group=group)


def _binding(name: str, role: str, *, user: str = "", group: str = "", namespace: str = "") -> Manifest:
    """Bind a role: a Role of ``namespace`` in it, else a ClusterRole everywhere."""
    kind = "Role" if namespace else "ClusterRole"
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": f"{kind}Binding",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": role},
        "subjects": [{"apiGroup": RBAC, "kind": "User" if user else "Group", "name": user or group}],
    }


def _storage_class() -> Manifest:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": PROVISIONER_NAME,
        "reclaimPolicy": "Delete",
        # The scheduler warns of a pod whose volume is "Immediate" and not made yet; of these it does not.
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def _outside_pods(
    layout: Layout,
    name: str,
    namespace: str,
    ports: Mapping[str, int],
    service_ports: Mapping[str, int] | None = None,
) -> Iterator[Manifest]:
    """Yield a service whose one endpoint is the node itself."""
    metadata: Manifest = {"name": name, "namespace": namespace}
    shown = {**ports, **(service_ports or {})}
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "ports": [{"name": key, "port": shown[key], "targetPort": ports[key]} for key in ports],
        },
    }
    yield {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**metadata, "labels": {"kubernetes.io/service-name": name}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [layout.node_address], "conditions": {"ready": True}}],
        "ports": [{"name": key, "port": port, "protocol": "TCP"} for key, port in ports.items()],
    }


def _metrics_api(authority: str) -> Manifest:
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "spec": {
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "service": {"name": "metrics-server", "namespace": "kube-system", "port": 443},
            "caBundle": authority,
        },
    }
