"""What serves the pods beside Kubernetes itself: DNS, metrics, Vault and volumes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from botpod_local.cluster.credentials import COREDNS, METRICS_SERVER
from botpod_local.cluster.layout import DOMAIN, METRICS_PORT, VAULT_CLUSTER_PORT, VAULT_PORT, VAULT_TLS_PORT
from botpod_local.cluster.services.service import Programs, Service, delegating, flags

if TYPE_CHECKING:
    from botpod_local.cluster.layout import Layout

# How a pod, or a person in one, calls the machine that the cluster runs on.
HOST_NAME = "host.botpod.internal"


def coredns(layout: Layout, programs: Programs) -> Service:
    """DNS for the pods, on the node's address. It knows the outside only where there is a way out."""
    config = layout.etc / "Corefile"
    client = layout.client_config(COREDNS)
    # Without a way out, names outside don't exist, which a client says at once and clearly.
    outside = (
        (f"forward . {' '.join(layout.resolvers)}", "cache 30")
        if layout.resolvers
        else ("template ANY ANY {", "    rcode NXDOMAIN", "}")
    )
    kubernetes = (f"kubernetes {DOMAIN} in-addr.arpa ip6.arpa {{", f"    kubeconfig {client}", "}")
    text = "".join(
        (
            _server(layout, f"{DOMAIN} in-addr.arpa ip6.arpa", *kubernetes),
            _server(layout, HOST_NAME, "hosts {", f"    {layout.host_address} {HOST_NAME}", "}"),
            _server(layout, ".", *outside),
        )
    )
    return Service(
        name="coredns",
        argv=(str(programs("coredns")), "-conf", str(config)),
        ports=(53,),
        files={config: text},
    )


def _server(layout: Layout, zones: str, *lines: str) -> str:
    """Return a server block of a Corefile."""
    inner = "".join(f"    {line}\n" for line in (f"bind {layout.node_address}", "errors", *lines))
    return f"{zones} {{\n{inner}}}\n"


def metrics_server(layout: Layout, programs: Programs) -> Service:
    """Pods' CPU and memory for `kubectl top` and autoscalers."""
    return Service(
        name="metrics-server",
        argv=(
            str(programs("metrics-server")),
            *flags(
                **delegating(layout, METRICS_SERVER),
                bind_address=layout.node_address,
                secure_port=METRICS_PORT,
                metric_resolution="10s",
                kubelet_request_timeout="5s",
                kubelet_preferred_address_types="InternalIP",
                kubelet_certificate_authority=layout.certificate("ca"),
            ),
        ),
        ports=(METRICS_PORT,),
    )


def vault(layout: Layout, programs: Programs) -> Service:
    """Vault on the node's address, with TLS on a second port; its storage outlives the process."""
    config = layout.etc / "vault.json"
    tls = {
        "tls_cert_file": str(layout.certificate("vault")),
        "tls_key_file": str(layout.key("vault")),
    }
    address = layout.node_address
    document = {
        # The `minimal` build has raft and nothing else that outlives the process.
        "storage": {
            "raft": {
                "path": str(layout.vault_storage),
                "node_id": layout.node,
                "performance_multiplier": 1,
            }
        },
        "cluster_addr": f"https://127.0.0.1:{VAULT_CLUSTER_PORT}",
        "listener": [
            {
                "tcp": {
                    "address": f"{address}:{VAULT_PORT}",
                    "cluster_address": f"127.0.0.1:{VAULT_CLUSTER_PORT}",
                    "tls_disable": True,
                }
            },
            {
                "tcp": {
                    "address": f"{address}:{VAULT_TLS_PORT}",
                    "cluster_address": f"127.0.0.1:{VAULT_CLUSTER_PORT + 1}",
                    **tls,
                }
            },
        ],
        "api_addr": layout.vault_address,
        "disable_mlock": True,
    }
    return Service(
        name="vault",
        argv=(str(programs("vault")), "server", "-config", str(config), "-log-level", "warn"),
        ports=(VAULT_PORT, VAULT_TLS_PORT),
        files={config: json.dumps(document, indent=1)},
    )


def storage_provisioner(layout: Layout, programs: Programs) -> Service:  # noqa: ARG001 # one signature for all
    """Our own maker of volumes."""
    return Service(
        name="storage-provisioner",
        argv=(
            sys.executable,
            "-m",
            "botpod_local.cluster.provisioner",
            layout.name,
            str(layout.number),
            str(layout.cache),
        ),
    )
