"""Who in the cluster holds which certificate, and the kubeconfigs made of them."""

from __future__ import annotations

import base64
import datetime as dt
import shutil
from typing import TYPE_CHECKING

import yaml

from botpod_local.cache import write_atomically
from botpod_local.cluster.layout import DOMAIN
from botpod_local.cluster.pki import Authority, Pair, key_to_pem, new_key, public_to_pem

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.cluster.layout import Layout

ADMIN = "admin"
CONTROLLER_MANAGER = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
PROXY = "kube-proxy"
KUBELET = "kubelet"
COREDNS = "coredns"
METRICS_SERVER = "metrics-server"
PROVISIONER = "storage-provisioner"
CLIENTS = (ADMIN, CONTROLLER_MANAGER, SCHEDULER, PROXY, KUBELET, COREDNS, METRICS_SERVER, PROVISIONER)


def ensure_credentials(layout: Layout) -> None:
    """Make all keys, certificates and kubeconfigs once; a half-made set is made anew."""
    if not layout.pki.exists():
        temporary = layout.pki.with_name(".pki")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True, mode=0o700)
        _make(layout, temporary, dt.datetime.now(dt.UTC))
        temporary.replace(layout.pki)
    for who in CLIENTS:
        path = layout.kubeconfig if who == ADMIN else layout.client_config(who)
        write_atomically(path, kubeconfig(layout, who), mode=0o600)


def _make(layout: Layout, directory: Path, now: dt.datetime) -> None:
    authority = Authority(f"botpod-local {layout.name}", now=now)
    front_proxy = Authority(f"botpod-local {layout.name} front proxy", now=now)
    service_account = new_key()
    pairs = {
        "ca": authority.pair,
        "front-proxy-ca": front_proxy.pair,
        "front-proxy": front_proxy.issue("front-proxy"),
        "service-account": Pair(key_to_pem(service_account), public_to_pem(service_account)),
        "kube-apiserver": authority.issue("kube-apiserver", names=_api_names(layout)),
        "kube-apiserver-to-kubelet": authority.issue(
            "kube-apiserver-to-kubelet", organization="botpod:kubelet-admins"
        ),
        "vault": authority.issue("vault", names=(layout.node_address, *_service_names("vault", "vault"))),
        ADMIN: authority.issue("admin", organization="system:masters"),
        CONTROLLER_MANAGER: authority.issue("system:kube-controller-manager", names=("127.0.0.1",)),
        SCHEDULER: authority.issue("system:kube-scheduler", names=("127.0.0.1",)),
        PROXY: authority.issue("system:kube-proxy"),
        KUBELET: authority.issue(
            f"system:node:{layout.node}",
            organization="system:nodes",
            names=(layout.node, layout.node_address, "127.0.0.1"),
        ),
        COREDNS: authority.issue("system:coredns"),
        METRICS_SERVER: authority.issue(
            "system:metrics-server",
            names=(layout.node_address, *_service_names("metrics-server", "kube-system")),
        ),
        PROVISIONER: authority.issue("botpod:storage-provisioner"),
    }
    for who, pair in pairs.items():
        write_atomically(directory / f"{who}.key", pair.key, mode=0o600)
        write_atomically(directory / f"{who}.crt", pair.certificate)


def _service_names(service: str, namespace: str) -> tuple[str, ...]:
    local = f"{service}.{namespace}"
    return (service, local, f"{local}.svc", f"{local}.svc.{DOMAIN}")


def _api_names(layout: Layout) -> tuple[str, ...]:
    addresses = (layout.node_address, layout.api_service_address, "127.0.0.1", "localhost")
    return (*addresses, *_service_names("kubernetes", "default"))


def kubeconfig(layout: Layout, who: str) -> str:
    """Return a self-contained kubeconfig for ``who``, with namespace ``default``."""
    context = f"{who}@{layout.node}" if who != ADMIN else layout.node
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": layout.node,
                "cluster": {
                    "server": layout.api_address,
                    "certificate-authority-data": _encoded(layout.certificate("ca")),
                },
            }
        ],
        "users": [
            {
                "name": who,
                "user": {
                    "client-certificate-data": _encoded(layout.certificate(who)),
                    "client-key-data": _encoded(layout.key(who)),
                },
            }
        ],
        "contexts": [
            {"name": context, "context": {"cluster": layout.node, "user": who, "namespace": "default"}}
        ],
        "current-context": context,
    }
    return yaml.safe_dump(document, sort_keys=False)


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
