"""An operator with bots that are well and bots that aren't, for Prometheus to scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from apiserver import ISSUER, ApiServer, apiserver
from operatorprocess import OperatorProcess, operator_process
from vaultserver import VaultServer, vault_server
from world import World, install_crds

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["apiserver"]

OWN_NAMESPACE, TEAM = "botpod-system", "team"


@pytest.fixture(scope="session")
def vault(apiserver: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultServer]:
    """A Vault that trusts the cluster's ServiceAccounts."""
    key = apiserver.service_account_public_key
    with vault_server(tmp_path_factory.mktemp("vault"), issuer=ISSUER, public_key=key) as server:
        yield server


@pytest.fixture(scope="session")
def world(apiserver: ApiServer, vault: VaultServer) -> World:
    """One namespace for bots."""
    install_crds(apiserver)
    for name in (OWN_NAMESPACE, TEAM):
        apiserver.kubectl("create", "namespace", name)
    return World(cluster=apiserver, vault=vault, namespace=TEAM, own_namespace=OWN_NAMESPACE)


@pytest.fixture(scope="session")
def operator(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    """An operator that leads by a Lease."""
    with operator_process(
        tmp_path_factory.mktemp("operator"),
        kubeconfig=world.cluster.kubeconfig,
        config={"namespace": OWN_NAMESPACE, "watch": {"allNamespaces": True}},
    ) as process:
        yield process
