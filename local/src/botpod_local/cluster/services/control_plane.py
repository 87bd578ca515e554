"""etcd, the API server, the controller manager and the scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.cluster.credentials import CONTROLLER_MANAGER, SCHEDULER
from botpod_local.cluster.layout import API_PORT, ETCD_PEER_PORT, ETCD_PORT, ISSUER
from botpod_local.cluster.services.service import Programs, Service, delegating, flags

if TYPE_CHECKING:
    from botpod_local.cluster.layout import Layout

# Only processes in the cluster's network namespace reach its loopback, and pods have their own.
_ETCD = f"http://127.0.0.1:{ETCD_PORT}"
_ETCD_PEER = f"http://127.0.0.1:{ETCD_PEER_PORT}"


def etcd(layout: Layout, programs: Programs) -> Service:
    """The store; without fsync, since nobody keeps such a cluster beyond a crash of the machine."""
    return Service(
        name="etcd",
        argv=(
            str(programs("etcd")),
            *flags(
                name="local",
                data_dir=layout.state / "etcd",
                listen_client_urls=_ETCD,
                advertise_client_urls=_ETCD,
                listen_peer_urls=_ETCD_PEER,
                initial_advertise_peer_urls=_ETCD_PEER,
                initial_cluster=f"local={_ETCD_PEER}",
                unsafe_no_fsync=True,
                log_level="warn",
            ),
        ),
        ports=(ETCD_PORT, ETCD_PEER_PORT),
    )


def kube_apiserver(layout: Layout, programs: Programs) -> Service:
    """The API server."""
    return Service(
        name="kube-apiserver",
        argv=(
            str(programs("kube-apiserver")),
            *flags(
                etcd_servers=_ETCD,
                advertise_address=layout.node_address,
                bind_address=layout.node_address,
                secure_port=API_PORT,
                service_cluster_ip_range=layout.service_subnet,
                authorization_mode="Node,RBAC",
                enable_admission_plugins="NodeRestriction",
                anonymous_auth=False,
                allow_privileged=True,
                cert_dir=layout.state / "kube-apiserver",
                tls_cert_file=layout.certificate("kube-apiserver"),
                tls_private_key_file=layout.key("kube-apiserver"),
                client_ca_file=layout.certificate("ca"),
                # Else `logs` and `exec` look up the node's name.
                kubelet_preferred_address_types="InternalIP",
                kubelet_certificate_authority=layout.certificate("ca"),
                kubelet_client_certificate=layout.certificate("kube-apiserver-to-kubelet"),
                kubelet_client_key=layout.key("kube-apiserver-to-kubelet"),
                service_account_issuer=ISSUER,
                service_account_key_file=layout.certificate("service-account"),
                service_account_signing_key_file=layout.key("service-account"),
            ),
            # What lets metrics-server serve a part of the API.
            *flags(
                enable_aggregator_routing=True,
                requestheader_client_ca_file=layout.certificate("front-proxy-ca"),
                requestheader_allowed_names="front-proxy",
                requestheader_extra_headers_prefix="X-Remote-Extra-",
                requestheader_group_headers="X-Remote-Group",
                requestheader_username_headers="X-Remote-User",
                proxy_client_cert_file=layout.certificate("front-proxy"),
                proxy_client_key_file=layout.key("front-proxy"),
            ),
        ),
        ports=(API_PORT,),
    )


def kube_controller_manager(layout: Layout, programs: Programs) -> Service:
    """The controllers; autoscaling reacts in seconds instead of minutes, so that one can watch it."""
    return Service(
        name="kube-controller-manager",
        argv=(
            str(programs("kube-controller-manager")),
            *flags(
                **delegating(layout, CONTROLLER_MANAGER),
                bind_address="127.0.0.1",
                leader_elect=False,
                root_ca_file=layout.certificate("ca"),
                cluster_signing_cert_file=layout.certificate("ca"),
                cluster_signing_key_file=layout.key("ca"),
                service_account_private_key_file=layout.key("service-account"),
                use_service_account_credentials=True,
                # The default of 20 a second is what a few hundred pods wait for.
                kube_api_qps=300,
                kube_api_burst=600,
                horizontal_pod_autoscaler_sync_period="5s",
                horizontal_pod_autoscaler_downscale_stabilization="30s",
                horizontal_pod_autoscaler_cpu_initialization_period="10s",
                horizontal_pod_autoscaler_initial_readiness_delay="5s",
            ),
        ),
        ports=(10257,),
    )


def kube_scheduler(layout: Layout, programs: Programs) -> Service:
    """The scheduler."""
    return Service(
        name="kube-scheduler",
        argv=(
            str(programs("kube-scheduler")),
            *flags(
                **delegating(layout, SCHEDULER),
                bind_address="127.0.0.1",
                leader_elect=False,
                kube_api_qps=300,
                kube_api_burst=600,
            ),
        ),
        ports=(10259,),
    )
