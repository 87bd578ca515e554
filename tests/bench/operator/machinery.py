"""What stands around the operator in the bench: API server, Vault, controllers, and KWOK's nodes."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apiserver import ISSUER, ApiServer, api_server, write_kubeconfig
from isolation import POD_SUBNET
from processes import free_port, listens, running
from vaultserver import VaultServer, vault_server
from world import install_crds

from botpod_local.binaries import binary

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATOR, BENCH = "operator", "bench"
OPERATOR_TOKEN, BENCH_TOKEN = "operator-token", "bench-token"
NODES = 4
PROGRAMS = (
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"),
    *("kubectl", "vault", "kwok", "helm"),
)
STAGES = Path(__file__).with_name("kwok") / "stages.yaml"
# The controllers' defaults are what hundreds of pods would wait for.
_UNHURRIED = ("--kube-api-qps=1000", "--kube-api-burst=2000", "--leader-elect=false")


@dataclass(frozen=True, kw_only=True)
class Machinery:
    """A cluster without controllers, until they are asked for."""

    server: ApiServer
    vault: VaultServer
    operator_kubeconfig: Path
    bench_token: str
    directory: Path

    @contextlib.contextmanager
    def controllers(self, *manager: str) -> Iterator[None]:
        """Run the controllers (with more arguments), the scheduler and KWOK until the block ends."""
        with contextlib.ExitStack() as stack:
            for name, arguments in self._programs(manager).items():
                port = free_port()
                flag = "--server-address=127.0.0.1" if name == "kwok" else "--secure-port"
                separator = ":" if name == "kwok" else "="
                stack.enter_context(
                    running(
                        [binary(name), *arguments, f"{flag}{separator}{port}"],
                        log=self.directory / f"{name}.log",
                        ready=functools.partial(listens, port),
                    )
                )
            self.server.apply(*(_node(number) for number in range(NODES)))
            yield

    def _programs(self, manager: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        kubeconfig = f"--kubeconfig={self.server.kubeconfig}"
        local = ("--bind-address=127.0.0.1", f"--cert-dir={self.directory}")
        return {
            "kube-controller-manager": (
                kubeconfig,
                *local,
                *_UNHURRIED,
                f"--root-ca-file={self.server.ca}",
                f"--service-account-private-key-file={self.server.service_account_private_key}",
                *manager,
            ),
            "kube-scheduler": (kubeconfig, *local, *_UNHURRIED),
            "kwok": (
                kubeconfig,
                f"--config={STAGES}",
                "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
                f"--cidr={POD_SUBNET}",
                "--node-ip=10.64.0.1",
                # Without leases the nodes would be given up after a while, and their pods with them.
                "--node-lease-duration-seconds=40",
            ),
        }


@contextlib.contextmanager
def machinery(directory: Path, *, audits: tuple[str, ...] = (OPERATOR, BENCH)) -> Iterator[Machinery]:
    """Run the API server and Vault until the block ends; the CRDs are there. ``audits`` none is everybody."""
    users = {OPERATOR_TOKEN: OPERATOR, BENCH_TOKEN: BENCH}
    with api_server(directory, users=users, audits=audits) as server:
        install_crds(server)
        # Not of system:masters: the API server's fair queueing is to hold for these two as for everybody.
        server.apply(_everything_for(OPERATOR, BENCH))
        vault_directory = directory / "vault"
        vault_directory.mkdir()
        public_key = server.service_account_public_key
        with vault_server(vault_directory, issuer=ISSUER, public_key=public_key) as vault:
            yield Machinery(
                server=server,
                vault=vault,
                operator_kubeconfig=write_kubeconfig(
                    directory / "operator.kubeconfig", url=server.url, ca=server.ca, token=OPERATOR_TOKEN
                ),
                bench_token=BENCH_TOKEN,
                directory=directory,
            )


def _everything_for(*users: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "bench"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user} for user in users
        ],
    }


def _node(number: int) -> dict[str, Any]:
    name = f"kwok-{number}"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"},
            "annotations": {"kwok.x-k8s.io/node": "fake"},
        },
    }
