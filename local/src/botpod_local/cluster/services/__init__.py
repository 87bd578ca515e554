"""What runs in a cluster: one pure function for each process, from the layout to its command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.cluster.services.addons import coredns, metrics_server, storage_provisioner, vault
from botpod_local.cluster.services.control_plane import (
    etcd,
    kube_apiserver,
    kube_controller_manager,
    kube_scheduler,
)
from botpod_local.cluster.services.node import containerd, kube_proxy, kubelet
from botpod_local.cluster.services.service import Programs, Service

if TYPE_CHECKING:
    from botpod_local.cluster.layout import Layout

__all__ = ["SERVICE_NAMES", "Programs", "Service", "needing_api", "services", "standing_alone"]


SERVICE_NAMES = (
    "etcd",
    "kube-apiserver",
    "containerd",
    "vault",
    "kubelet",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "coredns",
    "storage-provisioner",
    "metrics-server",
)


def standing_alone(layout: Layout, programs: Programs) -> tuple[Service, ...]:
    """Return what starts at once, the API server included."""
    return tuple(make(layout, programs) for make in (etcd, kube_apiserver, containerd, vault))


def needing_api(layout: Layout, programs: Programs) -> tuple[Service, ...]:
    """Return what starts when the API server answers."""
    makers = (
        kubelet,
        kube_controller_manager,
        kube_scheduler,
        kube_proxy,
        coredns,
        storage_provisioner,
        metrics_server,
    )
    return tuple(make(layout, programs) for make in makers)


def services(layout: Layout, programs: Programs) -> tuple[Service, ...]:
    """Return everything that runs, in the order in which it starts."""
    return (*standing_alone(layout, programs), *needing_api(layout, programs))
