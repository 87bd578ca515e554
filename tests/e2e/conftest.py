"""One cluster for all end-to-end tests, brought up before and taken down after them.

The process that distributes the tests does it, so that workers find it there. ``BOTPOD_KEEP=1`` leaves it up.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from kubectl import Kubectl, KubectlFailed
from stage import Stage, allowing, values

from botpod_local.cluster import Cluster
from botpod_local.demo.install import install_chart
from botpod_local.demo.load import load_images
from botpod_local.progress import default_progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

NAME = os.environ.get("BOTPOD_E2E_CLUSTER", "e2e")
"""Another name lets two checkouts on one machine be tested at the same time."""
HERE = Path(__file__).parent


def pytest_sessionstart(session: pytest.Session) -> None:
    if not _tests_will_run(session.config):
        return
    cluster = Cluster(NAME)
    cluster.up()
    images = load_images(cluster, default_progress())
    install_chart(cluster, values(cluster, images))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _tests_will_run(session.config) and not os.environ.get("BOTPOD_KEEP"):
        Cluster(NAME).down()


def _tests_will_run(config: pytest.Config) -> bool:
    """Only the process that distributes (or the only one) has a cluster to care for."""
    return not (
        hasattr(config, "workerinput") or config.option.collectonly or config.getoption("--requirements")
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("e2e")
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    return Cluster(NAME)


@pytest.fixture
def standin_host(cluster: Cluster) -> str:
    return cluster.host_address


@pytest.fixture
async def stage(cluster: Cluster, discord: DiscordServer, models: ModelsServer) -> AsyncIterator[Stage]:
    """Surroundings with shared state (Redis and PostgreSQL of the chart)."""
    kubectl = Kubectl(kubeconfig=cluster.kubeconfig, namespace=f"e2e-{secrets.token_hex(4)}")
    base = (await kubectl.get("botclass", "default"))["spec"]
    base = allowing(base, kubectl.namespace)
    made = Stage(cluster=cluster, kubectl=kubectl, discord=discord, models=models, base_class=base)
    await made.set_up()
    yield made
    await kubectl("delete", "bot", "--all", "--wait=false")
    await kubectl("delete", "namespace", kubectl.namespace, "--wait=true", seconds=120)
    await eventually(lambda: _class_deleted(kubectl), seconds=30, every=0.5)


async def _class_deleted(kubectl: Kubectl) -> bool:
    """Delete the test's class; it is kept for a moment, until the operator has seen its last bot go."""
    try:
        await kubectl("delete", "botclass", kubectl.namespace)
    except KubectlFailed as error:
        if "is in use" not in str(error):
            raise
        return False
    return True
