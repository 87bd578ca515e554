"""What a node runs: containerd with its CNI network, kubelet and kube-proxy."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import yaml

from botpod_local.cluster.credentials import KUBELET, PROXY
from botpod_local.cluster.layout import DOMAIN, KUBELET_PORT
from botpod_local.cluster.services.service import Programs, Service, flags
from botpod_local.errors import HostUnfit
from botpod_local.execute import SYSTEM_PATH

if TYPE_CHECKING:
    from botpod_local.cluster.layout import Layout

PAUSE_IMAGE = "localhost/botpod/pause:1"
CNI_PROGRAMS = "/usr/lib/cni"
# In the cluster's own mount namespace, where /run is nobody else's.
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"

_CONTAINERD = """\
version = 2
root = "{root}"
state = "/run/containerd"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # A negative OOM score needs a capability that a machine may not have.
  restrict_oom_score_adj = true
  enable_unprivileged_ports = true
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "{cni_programs}"
  conf_dir = "{cni_config}"
"""


def containerd(layout: Layout, programs: Programs) -> Service:  # noqa: ARG001 # one signature for all
    """The container engine, from the distribution."""
    config = layout.etc / "containerd.toml"
    cni = layout.etc / "cni"
    return Service(
        name="containerd",
        argv=(_system_program("containerd"), "--config", str(config), "--log-level", "warn"),
        files={
            config: _CONTAINERD.format(
                root=layout.state / "containerd",
                socket=CONTAINERD_SOCKET,
                pause=PAUSE_IMAGE,
                cni_programs=CNI_PROGRAMS,
                cni_config=cni,
            ),
            cni / "10-botpod.conflist": json.dumps(_cni(layout), indent=1),
        },
    )


def _cni(layout: Layout) -> dict[str, object]:
    return {
        "cniVersion": "0.4.0",
        "name": "botpod",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isGateway": True,
                "isDefaultGateway": True,
                "hairpinMode": True,
                # The host has a route to the pods, so their addresses need no disguise.
                "ipMasq": False,
                "ipam": {
                    "type": "host-local",
                    "dataDir": "/run/cni",
                    "ranges": [[{"subnet": layout.pod_subnet}]],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def kubelet(layout: Layout, programs: Programs) -> Service:
    """The kubelet."""
    config = layout.etc / "kubelet.yaml"
    document = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": layout.node_address,
        "port": KUBELET_PORT,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(layout.certificate("ca"))},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(layout.certificate(KUBELET)),
        "tlsPrivateKeyFile": str(layout.key(KUBELET)),
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.cgroup}",
        "clusterDomain": DOMAIN,
        "clusterDNS": [layout.node_address],
        "resolvConf": "/dev/null",
        "volumePluginDir": str(layout.state / "kubelet-plugins"),
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        "serializeImagePulls": False,
        "maxPods": 200,
        "kubeAPIQPS": 200,
        "kubeAPIBurst": 400,
        "nodeStatusUpdateFrequency": "4s",
        # The disk is shared with all that the machine does besides: it running full is no reason to evict.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
    }
    return Service(
        name="kubelet",
        argv=(
            str(programs("kubelet")),
            *flags(
                config=config,
                kubeconfig=layout.client_config(KUBELET),
                hostname_override=layout.node,
                node_ip=layout.node_address,
                # How fresh the figures are that an autoscaler sees.
                housekeeping_interval="5s",
            ),
        ),
        ports=(KUBELET_PORT,),
        files={config: yaml.safe_dump(document)},
    )


def kube_proxy(layout: Layout, programs: Programs) -> Service:
    """Services, by nftables in the cluster's own namespace."""
    return Service(
        name="kube-proxy",
        argv=(
            str(programs("kube-proxy")),
            *flags(
                kubeconfig=layout.client_config(PROXY),
                hostname_override=layout.node,
                proxy_mode="nftables",
                cluster_cidr=layout.pod_subnet,
                bind_address=layout.node_address,
                metrics_bind_address="127.0.0.1:10249",
                # Connection tracking's size belongs to the whole machine.
                conntrack_max_per_core=0,
            ),
        ),
        ports=(10249,),
    )


def _system_program(name: str) -> str:
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        raise HostUnfit(f"this machine lacks {name}: install it, then run this again.")
    return found
