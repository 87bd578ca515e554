"""Botpod on a cluster by Helm, in one build or another."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventually import eventually
from kubectl import Kubectl
from stage import values

from botpod_local.demo.install import RELEASE, ensure_namespace, helm
from botpod_local.demo.plan import SYSTEM_NAMESPACE

if TYPE_CHECKING:
    from builds import Build

    from botpod_local.cluster import Cluster

WAIT = ("--wait", "--timeout=180s")


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A release whose operator is exchanged; its bots and databases keep their images."""

    cluster: Cluster
    bot_image: str
    databases: dict[str, str]

    @property
    def system(self) -> Kubectl:
        """kubectl in the release's namespace."""
        return Kubectl(kubeconfig=self.cluster.kubeconfig, namespace=SYSTEM_NAMESPACE)

    async def install(self, build: Build) -> None:
        """Install a build's chart with its operator, or upgrade to it."""
        ensure_namespace(self.cluster, SYSTEM_NAMESPACE)
        images = {**self.databases, "bot": self.bot_image, "operator": build.images["operator"]}
        stdin = json.dumps(values(self.cluster, images))
        await self._helm("upgrade", "--install", RELEASE, str(build.chart), "--values=-", stdin=stdin)

    async def roll_back(self) -> None:
        """Go back to the revision before, as people do whom the new one disappoints."""
        await self._helm("rollback", RELEASE)

    async def led_by(self, build: Build) -> None:
        """Wait until an operator of a build leads; chart and CRDs are that build's, too."""

        async def leads() -> bool:
            lease = await self.system.get("lease", "botpod-operator")
            holder = (lease["spec"].get("holderIdentity") or "").rpartition("_")[0]
            pods = await self.system.items("pods", "-l", "app.kubernetes.io/component=operator")
            images = {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in pods}
            return images.get(holder) == build.images["operator"]

        await eventually(leads, seconds=60, every=0.5)
        for plural in ("botinstances", "botclasses"):
            crd = await self.system.get("crd", f"{plural}.botpod.dev")
            assert crd["metadata"]["labels"]["helm.sh/chart"] == build.chart_name
            assert crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == build.schema(plural)

    async def _helm(self, *arguments: str, stdin: str | None = None) -> None:
        await asyncio.to_thread(helm, self.cluster, *arguments, *WAIT, stdin=stdin)
