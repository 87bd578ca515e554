"""Where everything of a cluster is: its addresses, ports and files. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from pathlib import Path

# The networks of a cluster's link, pods and services; the second three where a VPN has taken all of 10/8.
NETWORKS = (("10.250", "10.251", "10.252"), ("172.29", "172.30", "172.31"))
_PER_NETWORK = 256
NUMBERS = range(_PER_NETWORK * len(NETWORKS))
API_PORT = 6443
ETCD_PORT = 2379
ETCD_PEER_PORT = 2380
VAULT_PORT = 8200
VAULT_TLS_PORT = 8210
VAULT_CLUSTER_PORT = 8201
METRICS_PORT = 4443
KUBELET_PORT = 10250
DOMAIN = "cluster.local"
ISSUER = f"https://kubernetes.default.svc.{DOMAIN}"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?")


def check_name(name: str) -> str:
    """Return ``name`` if a cluster can be called so; else raise LocalError."""
    if not _NAME.fullmatch(name):
        raise LocalError(
            f"a cluster can't be named {name!r}: use at most 32 lower-case letters, digits and hyphens, "
            "beginning and ending with a letter or digit."
        )
    return name


def clusters_directory(cache: Path) -> Path:
    """Return the directory that holds one directory for each cluster."""
    return cache / "clusters"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The cluster ``name`` in ``cache``; ``number`` picks its subnets.

    ``resolvers`` are the DNS servers outside, for a cluster whose pods may reach the outside; else empty.
    """

    name: str
    number: int
    cache: Path
    resolvers: tuple[str, ...] = ()

    @property
    def state(self) -> Path:
        """The directory of all that this cluster keeps."""
        return clusters_directory(self.cache) / self.name

    @property
    def pki(self) -> Path:
        """Keys and certificates, ``<who>.key`` and ``<who>.crt``."""
        return self.state / "pki"

    @property
    def etc(self) -> Path:
        """Configuration files, written anew by each ``up``."""
        return self.state / "etc"

    @property
    def logs(self) -> Path:
        """One ``<process>.log`` each, and ``pods/``."""
        return self.state / "log"

    @property
    def volumes(self) -> Path:
        """The directories behind persistent volumes."""
        return self.state / "volumes"

    @property
    def vault_storage(self) -> Path:
        """Vault's data, encrypted under the key in ``vault.json``."""
        return self.state / "vault"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.state / "kubeconfig"

    @property
    def node(self) -> str:
        """The node's name."""
        return f"botpod-{self.name}"

    @property
    def cgroup(self) -> str:
        """The cgroup, from the root of each hierarchy, that holds the cluster's processes and pods.

        Named after the number, which two clusters never share, even where their caches differ.
        """
        return f"botpod{self.number}"

    @property
    def link(self) -> str:
        """The host's end of the veth pair."""
        return f"botpod{self.number}"

    @property
    def host_address(self) -> str:
        """The host as the node and the pods see it."""
        return f"{self._link_network}.1"

    @property
    def node_address(self) -> str:
        """The node as the host and the pods see it."""
        return f"{self._link_network}.2"

    @property
    def link_subnet(self) -> str:
        """The subnet of the veth pair."""
        return f"{self._link_network}.0/30"

    @property
    def pod_subnet(self) -> str:
        """The pods' addresses; the host has a route to them."""
        return f"{self._pod_network}.0/24"

    @property
    def service_subnet(self) -> str:
        """The services' addresses; the host has a route to them."""
        return f"{self._service_network}.0/24"

    @property
    def api_service_address(self) -> str:
        """The address of the service ``default/kubernetes``."""
        return f"{self._service_network}.1"

    @property
    def subnets(self) -> tuple[str, ...]:
        """All subnets that the cluster takes on the host."""
        return (self.link_subnet, self.pod_subnet, self.service_subnet)

    @property
    def api_address(self) -> str:
        """The API server's URL."""
        return f"https://{self.node_address}:{API_PORT}"

    @property
    def vault_address(self) -> str:
        """Vault's URL."""
        return f"http://{self.node_address}:{VAULT_PORT}"

    @property
    def vault_tls_address(self) -> str:
        """Vault's URL with TLS, under the cluster's CA."""
        return f"https://{self.node_address}:{VAULT_TLS_PORT}"

    @property
    def _link_network(self) -> str:
        return self._network(0)

    @property
    def _pod_network(self) -> str:
        return self._network(1)

    @property
    def _service_network(self) -> str:
        return self._network(2)

    def _network(self, of: int) -> str:
        network, third = divmod(self.number, _PER_NETWORK)
        return f"{NETWORKS[network][of]}.{third}"

    def certificate(self, who: str) -> Path:
        """Return the path of a certificate."""
        return self.pki / f"{who}.crt"

    def key(self, who: str) -> Path:
        """Return the path of a private key."""
        return self.pki / f"{who}.key"

    def client_config(self, who: str) -> Path:
        """Return the path of a process' own kubeconfig."""
        return self.etc / f"{who}.kubeconfig"

    def log(self, process: str) -> Path:
        """Return the path of a process' log."""
        return self.logs / f"{process}.log"
