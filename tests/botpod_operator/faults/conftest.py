"""An operator behind a proxy that lets calls go wrong, for the tests of this folder."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from apiserver import ADMIN_TOKEN, ISSUER, ApiServer, api_server, write_kubeconfig
from botstory import FOLLOWED, Stage
from faultproxy import FaultProxy, fault_proxy
from mirror import Mirror, mirror
from operatorprocess import OperatorProcess, operator_process
from vaultserver import VaultServer, vault_server
from world import install_crds

from botpod_operator.kube.client import TIMEOUT_SECONDS
from botpod_operator.kube.resources import BOT_INSTANCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from faults import Call

_numbers = itertools.count(1)
LAST = 99
WORKERS = 64
"""The most there may be: a look that waits for its time-out must not keep the others waiting."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A namespace of the test's own, seen directly by the test and through the proxy by the operator."""

    proxy: FaultProxy
    view: Mirror
    stage: Stage
    kubeconfig: Path
    directory: Path

    client_waits_seconds = TIMEOUT_SECONDS

    async def calls_of(self, bot: str) -> list[Call]:
        """Play the story of a bot without any fault; return the calls that the operator makes in it."""
        await self.stage.set_up([bot])
        await self.stage.play(bot)
        return sorted({heard.call for heard in self.proxy.record if heard.bot == bot and heard.call})

    async def nothing_more_is_written(self, *, bots: int) -> None:
        """Assert that an operator that starts now finds everything right, and that nothing is left to do."""
        written = self.proxy.writes()
        async with self.operator(LAST) as judge:
            await asyncio.to_thread(judge.looked_at, bots)
            for bot in await self.view.list(BOT_INSTANCE):
                await self.view.delete(BOT_INSTANCE, bot["metadata"]["name"])
            await asyncio.to_thread(judge.looked_at, 2 * bots)
        assert self.proxy.writes() == written

    @contextlib.asynccontextmanager
    async def operator(self, number: int = 0, **config: Any) -> AsyncIterator[OperatorProcess]:
        """Run an operator behind the proxy; enter when it is ready."""
        running = operator_process(
            self.directory / f"operator-{number}",
            kubeconfig=self.kubeconfig,
            config={
                "namespace": self.view.namespace,
                "watch": {"namespaces": [self.view.namespace]},
                "workers": WORKERS,
                **config,
            },
        )
        # It blocks, and the proxy that it waits for is in this thread.
        process = await asyncio.to_thread(running.__enter__)
        try:
            yield process
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server of this folder's own: the other tests' operator would do this one's work."""
    with api_server(tmp_path_factory.mktemp("faults-apiserver")) as server:
        install_crds(server)
        yield server


@pytest.fixture(scope="session")
def vault(cluster: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultServer]:
    """A Vault that trusts its ServiceAccounts."""
    directory = tmp_path_factory.mktemp("faults-vault")
    with vault_server(directory, issuer=ISSUER, public_key=cluster.service_account_public_key) as server:
        yield server


@pytest.fixture
async def scene(cluster: ApiServer, vault: VaultServer, tmp_path: Path) -> AsyncIterator[Scene]:
    """A namespace and a proxy of the test's own; an operator is the test's to start."""
    namespace = f"faults-{next(_numbers)}"
    await asyncio.to_thread(cluster.kubectl, "create", "namespace", namespace)
    async with (
        fault_proxy(target=cluster.url, ca=cluster.ca) as proxy,
        mirror(cluster, namespace=namespace, follows=FOLLOWED) as view,
    ):
        kubeconfig = write_kubeconfig(
            tmp_path / "through-the-proxy", url=proxy.url, ca=cluster.ca, token=ADMIN_TOKEN
        )
        yield Scene(
            proxy=proxy,
            view=view,
            stage=Stage(view=view, vault=vault),
            kubeconfig=kubeconfig,
            directory=tmp_path,
        )
