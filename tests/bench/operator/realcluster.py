"""A real cluster with a few real bots, for the rows in which pods must do something themselves."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from say import say

from botpod_local.cluster import Cluster
from botpod_local.cluster.api import Api
from botpod_local.cluster.credentials import ADMIN
from botpod_local.demo import manifests
from botpod_local.demo.install import ensure_namespace, install_chart
from botpod_local.demo.load import load_images
from botpod_local.discord import DiscordServer
from botpod_local.models import ModelsServer
from botpod_local.progress import default_progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NAME, NAMESPACE = "bench", "default"
KEY = "openai-api-key"
REFRESH_SECONDS = 5.0
"""The shortest refresh interval the API takes."""


@dataclass(frozen=True, kw_only=True)
class RealCluster:
    """A cluster with the chart installed; its Discord and models are this process's."""

    cluster: Cluster
    discord: DiscordServer

    def api(self) -> Api:
        """Return the API server as its administrator sees it."""
        return Api(self.cluster.layout, ADMIN)

    def write(self, bot: str, value: str) -> int:
        """Write a new version of a bot's credentials to Vault; return its number."""
        return self.cluster.vault.write(f"bots/{bot}", {"discord-token": self.discord.token, KEY: value})

    def apply(self, bot: str, *, replicas: int) -> None:
        """Make a bot that follows the newest version in Vault."""
        self.cluster.vault.grant(NAMESPACE, f"bot-{bot}", bot, f"bots/{bot}")
        credentials = {"vault": {"path": f"bots/{bot}"}, "refreshInterval": f"{REFRESH_SECONDS:.0f}s"}
        manifest = {
            "apiVersion": "botpod.dev/v1alpha1",
            "kind": "BotInstance",
            "metadata": {"name": bot, "namespace": NAMESPACE},
            "spec": {
                "replicas": replicas,
                "credentials": credentials,
                "models": [{"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}],
            },
        }
        self.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))

    def ready(self, bot: str, *, seconds: int = 180) -> None:
        """Wait until a bot is Ready."""
        self.cluster.kubectl(
            *("wait", "--for=condition=Ready", f"bot/{bot}", "-n", NAMESPACE, f"--timeout={seconds}s"),
            timeout_s=seconds + 30,
        )

    def pin(self, bot: str, version: int | None) -> None:
        """Edit a bot: stay at one version, or follow the newest."""
        change: dict[str, Any] = {"spec": {"credentials": {"vault": {"version": version}}}}
        self.cluster.kubectl(
            *("patch", f"bot/{bot}", "-n", NAMESPACE, "--type=merge", "-p", json.dumps(change))
        )


@contextlib.asynccontextmanager
async def real_cluster() -> AsyncIterator[RealCluster]:
    """Bring it up, and take it down whatever happens."""
    cluster = Cluster(NAME)
    try:
        cluster.up()
        images = load_images(cluster, default_progress())
        listen = ((cluster.host_address, 0),)
        async with DiscordServer(api=listen) as discord, ModelsServer(listen=listen) as models:
            values = manifests.values(
                images=images,
                vault_address=cluster.vault_address,
                discord_url=discord.api_url,
                openai_url=models.openai_url,
                anthropic_url=models.anthropic_url,
            )
            ensure_namespace(cluster, NAMESPACE)
            install_chart(cluster, values)
            say("the real cluster is up, the operator installed")
            yield RealCluster(cluster=cluster, discord=discord)
    finally:
        cluster.down()
