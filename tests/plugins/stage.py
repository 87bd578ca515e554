"""A bot's surroundings in the end-to-end cluster: namespace, class, Vault, Discord and models of its own."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from eventually import eventually

from botpod_local.demo.install import RESTRICTED
from botpod_local.demo.plan import SYSTEM_NAMESPACE

if TYPE_CHECKING:
    from kubectl import Kubectl

    from botpod_local.cluster import Cluster
    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

KEY = "sk-test-of-the-stage"
CHANNEL = "general"
PERSON = "Ada"


def values(cluster: Cluster, images: dict[str, str]) -> dict[str, Any]:
    """Return the chart's values for a cluster; ``images`` are named by kind."""
    return {
        "watch": {"allNamespaces": True},
        "operator": {"image": images["operator"]},
        "defaultClass": {
            "image": images["bot"],
            "vault": {"address": cluster.vault_address, "authMount": "jwt"},
        },
        "redis": {"enabled": True, "image": images["redis"]},
        "postgresql": {"enabled": True, "image": images["postgresql"]},
    }


def allowing(base: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Return a class that bots of ``namespace`` may use, with any of this machine's images."""
    return {
        **base,
        "allowedNamespaces": {"names": [namespace]},
        "allow": {"images": ["localhost/botpod/*"]},
    }


@dataclass(kw_only=True)
class Stage:
    """Everything one test needs; ``kubectl`` is bound to its namespace."""

    cluster: Cluster
    kubectl: Kubectl
    discord: DiscordServer
    models: ModelsServer
    base_class: dict[str, Any]

    @property
    def namespace(self) -> str:
        """The test's own namespace; its class has the same name."""
        return self.kubectl.namespace

    @property
    def system(self) -> Kubectl:
        """kubectl where the chart is installed."""
        return replace(self.kubectl, namespace=SYSTEM_NAMESPACE)

    @property
    def mention(self) -> str:
        return f"<@{self.discord.application.bot_user_id}>"

    # The cluster's side

    async def set_up(self, **state: Any) -> None:
        """Make namespace, class and credentials; ``state`` replaces the class's, ``state={}`` is none."""
        await self.kubectl.apply(
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": self.namespace, "labels": RESTRICTED},
            }
        )
        await self.apply_class(**state)
        self.write_credentials()
        self.grant("hello")

    async def apply_class(self, **changes: Any) -> None:
        """Apply the stage's BotClass: the installation's, with the stage's stand-ins."""
        spec = {
            **self.base_class,
            "discord": {"apiUrl": self.discord.api_url},
            "providers": {
                "openAI": {"baseUrl": self.models.openai_url},
                "anthropic": {"baseUrl": self.models.anthropic_url},
                "azureOpenAI": {"baseUrl": self.models.azure_url, "apiVersion": "2024-10-21"},
            },
            **changes,
        }
        await self.kubectl.apply(
            {
                "apiVersion": "botpod.dev/v1alpha1",
                "kind": "BotClass",
                "metadata": {"name": self.namespace},
                "spec": {key: value for key, value in spec.items() if value is not None},
            }
        )

    def write_credentials(self, **keys: str) -> int:
        """Write a new version to Vault; return its number."""
        return self.cluster.vault.write(
            self.vault_path, {"discord-token": self.discord.token, "openai-api-key": KEY, **keys}
        )

    def grant(self, bot: str) -> None:
        """Let a bot's ServiceAccount read the stage's credentials, as role ``namespace``."""
        self.cluster.vault.grant(self.namespace, f"bot-{bot}", self.namespace, self.vault_path)

    @property
    def vault_path(self) -> str:
        return f"bots/{self.namespace}"

    def bot(self, name: str = "hello", **spec: Any) -> dict[str, Any]:
        """Return a BotInstance that works on this stage."""
        return {
            "apiVersion": "botpod.dev/v1alpha1",
            "kind": "BotInstance",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "className": self.namespace,
                "credentials": {"vault": {"role": self.namespace, "path": self.vault_path}},
                "models": [{"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}],
                **spec,
            },
        }

    async def start_bot(self, **spec: Any) -> None:
        """Apply the bot ``hello`` and wait until it is Ready."""
        await self.kubectl.apply(self.bot(**spec))
        await self.kubectl.wait("bot/hello", "condition=Ready")

    async def patch_spec(self, **spec: Any) -> None:
        """Edit the bot's spec and wait until the operator has seen it and every pod is as it says."""
        await self.kubectl.patch("bot/hello", {"spec": spec})
        await self.up_to_date()

    async def used(self, version: int) -> None:
        """Wait until the status says that every pod uses a version of the credentials."""

        async def by_all() -> bool:
            status = (await self.kubectl.get("bot", "hello"))["status"]
            credentials = status["credentials"]
            ready = status.get("readyReplicas", 0)
            return credentials["version"] == str(version) and credentials.get("usedBy") == ready > 0

        await eventually(by_all, seconds=90, every=0.3)

    async def up_to_date(self) -> None:
        """Wait until status speaks of the newest spec and nothing is progressing any more."""
        # By a watch: a kubectl every moment takes from the two cores that the pods start on.
        for condition in ("Progressing=False", "Available=True"):
            await self.kubectl.wait("bot/hello", f"condition={condition}")

    async def condition(self, kind: str, *, bot: str = "hello", reason: str | None = None) -> dict[str, Any]:
        """Return a condition once it is there (with that reason)."""

        async def look() -> dict[str, Any] | None:
            status = (await self.kubectl.get("bot", bot)).get("status", {})
            found = [c for c in status.get("conditions", []) if c["type"] == kind]
            return found[0] if found and reason in {None, found[0]["reason"]} else None

        found = await eventually(look, seconds=60, every=0.3)
        assert found
        return found

    async def pods(self) -> list[dict[str, Any]]:
        """Return the bot's pods that are not on their way out."""
        pods = await self.kubectl.items("pods", "-l", "botpod.dev/bot=hello")
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    # Discord's side

    async def ask(self, text: str, *, expect: str, seconds: float = 30, channel: str = CHANNEL) -> str:
        """Say ``text`` as a person and return the bot's answer once it contains ``expect``."""
        sent = self.discord.people.post(channel, PERSON, text)

        def answer() -> str | None:
            found = [m["content"] for m in self.answers(channel) if self._answers(m, sent["id"])]
            return found[0] if found and expect in found[0] else None

        answered = await eventually(answer, seconds=seconds)
        assert answered
        return answered

    async def ask_until(self, text: str, *, expect: str, seconds: float = 90) -> str:
        """Say ``text`` again and again until it is answered: for changes during which nobody may listen."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return await self.ask(f"{text} ({secrets.token_hex(2)})", expect=expect, seconds=5)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise

    async def ask_by_slash(self, question: str, *, expect: str) -> str:
        """Use ``/ask`` and return the answer once it contains ``expect``."""
        await eventually(self.discord.looking.commands, seconds=30)
        used = self.discord.interacting.command(CHANNEL, PERSON, "ask", {"question": question})

        def answer() -> str | None:
            found = [
                m["content"]
                for m in self.answers(CHANNEL)
                if (m.get("interaction_metadata") or m.get("interaction") or {}).get("id") == used["id"]
            ]
            return found[0] if found and expect in found[0] else None

        answered = await eventually(answer, seconds=30)
        assert answered
        return answered

    def answers(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """Return what the bot wrote in a channel."""
        me = str(self.discord.application.bot_user_id)
        user = PERSON if channel.startswith("@") else None
        return [m for m in self.discord.looking.messages(channel, user) if m["author"]["id"] == me]

    def models_asked(self) -> list[str]:
        """Return the models that were asked so far, in order, each once."""
        return list(
            dict.fromkeys(exchange.ask.model for exchange in self.models.control.requests if exchange.ask)
        )

    async def quiet(self, *, seconds: float = 2.0) -> None:
        """Wait until Discord heard nothing from the bot for so long."""
        while True:
            try:
                await self.discord.record.wait_for(lambda e: e["kind"] == "message", timeout=seconds)
            except TimeoutError:
                return

    @staticmethod
    def _answers(message: dict[str, Any], sent: str) -> bool:
        return (message.get("message_reference") or {}).get("message_id") == sent
