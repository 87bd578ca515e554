"""What the operator's tests share: one API server, one Vault and one operator for all of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from apiserver import ISSUER, ApiServer, apiserver
from operatorprocess import OperatorProcess, operator_process
from vaultserver import VaultServer, vault_server
from world import World, install_crds

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["apiserver"]

OWN_NAMESPACE = "botpod-system"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cluster(apiserver: ApiServer) -> ApiServer:
    """An API server that knows BotInstance and BotClass."""
    install_crds(apiserver)
    return apiserver


@pytest.fixture(scope="session")
def vault(cluster: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultServer]:
    """A Vault that trusts the cluster's ServiceAccounts."""
    directory = tmp_path_factory.mktemp("vault")
    public_key = cluster.service_account_public_key
    with vault_server(directory, issuer=ISSUER, public_key=public_key) as server:
        yield server


@pytest.fixture(scope="session")
def operator(cluster: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    """An operator that watches every namespace."""
    cluster.kubectl("create", "namespace", OWN_NAMESPACE)
    with operator_process(
        tmp_path_factory.mktemp("operator"),
        kubeconfig=cluster.kubeconfig,
        config={
            "namespace": OWN_NAMESPACE,
            "watch": {"allNamespaces": True},
            "logging": {"level": "DEBUG"},
        },
    ) as process:
        yield process


@pytest.fixture
def world(cluster: ApiServer, vault: VaultServer, operator: OperatorProcess) -> World:
    """A namespace and a class of the test's own."""
    assert operator.process.poll() is None
    name = f"team-{next(_numbers)}"
    cluster.kubectl("create", "namespace", name)
    return World(cluster=cluster, vault=vault, namespace=name, own_namespace=OWN_NAMESPACE)
