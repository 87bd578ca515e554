"""The life of a bot in one story, played for many bots side by side."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from world import STATE, conditions

from botpod_operator.kube.resources import (
    AUTOSCALER,
    BOT_CLASS,
    BOT_INSTANCE,
    DEPLOYMENT,
    POD,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mirror import Mirror, Object
    from vaultserver import VaultServer

FOLLOWED = (BOT_INSTANCE, DEPLOYMENT, AUTOSCALER)
ROLE = "stories"
UNREACHABLE = "127.255.255.1"
"""A pod's address where nobody answers."""


def manifest(bot: str, namespace: str, **spec: Any) -> Object:
    """Return a BotInstance that takes version 1 from Vault and is not looked at again by itself."""
    vault = {"role": ROLE, "path": f"stories/{namespace}/{bot}", "version": 1}
    return {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotInstance",
        "metadata": {"name": bot, "namespace": namespace},
        "spec": {
            "className": namespace,
            "image": "registry.invalid/bot:1",
            "credentials": {"vault": vault, "refreshInterval": "1h"},
            "autoscaling": {"maxReplicas": 3},
            **spec,
        },
    }


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A namespace with a class of its name, and credentials in Vault for every bot in it."""

    view: Mirror
    vault: VaultServer
    seconds: float = 60.0
    """How long one step may take."""

    async def set_up(self, bots: Iterable[str]) -> None:
        """Make the class, and two versions of each bot's credentials."""
        namespace = self.view.namespace
        await asyncio.to_thread(self._let_all_read)
        await self.add(bots)
        vault = {"address": self.vault.address, "caBundle": self.vault.ca_bundle}
        await self.view.call(
            "POST",
            BOT_CLASS.path(),
            {
                "apiVersion": "botpod.dev/v1alpha1",
                "kind": "BotClass",
                "metadata": {"name": namespace},
                "spec": {
                    "image": "registry.invalid/bot:0",
                    "allow": {"images": ["registry.invalid/bot:*"]},
                    "vault": vault,
                    "verifyCredentials": False,
                    "state": STATE,
                },
            },
        )

    async def add(self, bots: Iterable[str]) -> None:
        """Write two versions of the credentials of more bots."""
        await asyncio.to_thread(self._write_credentials, tuple(bots))

    def _let_all_read(self) -> None:
        """Let every ServiceAccount read; who may read what is another test's."""
        rules = "\n".join(
            f'path "secret/{part}/stories/*" {{ capabilities = ["read"] }}' for part in ("data", "metadata")
        )
        self.vault.admin.sys.create_or_update_policy(ROLE, rules)
        role = {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": ["vault"],
            "token_policies": [ROLE],
            "token_ttl": "1h",
        }
        self.vault.admin.write_data(f"auth/jwt/role/{ROLE}", data=role)

    def _write_credentials(self, bots: tuple[str, ...]) -> None:
        for bot in bots:
            for version in (1, 2):
                self.vault.write(f"stories/{self.view.namespace}/{bot}", discord_token=f"token-{version}")

    async def play(self, bot: str) -> None:
        """Create, run, rotate, edit."""
        await self.create(bot)
        await self.run(bot)
        await self.rotate(bot)
        await self.edit(bot)

    async def create(self, bot: str) -> None:
        """Create the bot and wait until it waits for its pods."""
        await self.view.create(BOT_INSTANCE, manifest(bot, self.view.namespace))
        await self._until(bot, "created", lambda said: said["Ready"]["reason"] == "Starting")

    async def run(self, bot: str) -> None:
        """Be the Deployment's controller and a kubelet."""
        await self.view.create(POD, _pod(bot))
        running = {"phase": "Running", "podIP": UNREACHABLE, "podIPs": [{"ip": UNREACHABLE}]}
        await self.view.merge(POD, f"bot-{bot}-pod", {"status": running}, sub="status")
        await self._pods_are_up(bot)
        await self._until(bot, "running", lambda said: said["Ready"]["status"] == "True")

    async def rotate(self, bot: str) -> None:
        """Ask for the other version of the credentials."""
        change = {"spec": {"credentials": {"vault": {"version": 2}}}}
        await self.view.merge(BOT_INSTANCE, bot, change)
        await self._until(bot, "rotated", lambda _: self._status(bot)["credentials"].get("version") == "2")

    async def edit(self, bot: str) -> None:
        """Ask for another image and no autoscaler."""
        change = {"spec": {"image": "registry.invalid/bot:2", "autoscaling": None}}
        await self.view.merge(BOT_INSTANCE, bot, change)
        await self.view.until(
            DEPLOYMENT,
            f"bot-{bot}",
            lambda live: live and image_of(live).endswith(":2"),
            seconds=self.seconds,
        )
        await self.view.until(
            AUTOSCALER, f"bot-{bot}", lambda live: live is None, seconds=self.seconds, what="pruned"
        )
        await self._until(bot, "edited", lambda said: said["Applied"]["status"] == "True")
        await self._pods_are_up(bot)
        await self._until(bot, "up to date", lambda said: said["Progressing"]["status"] == "False")

    async def _pods_are_up(self, bot: str) -> None:
        live = self.view.get(DEPLOYMENT, f"bot-{bot}") or {}
        counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
        status = {"observedGeneration": live["metadata"]["generation"], **dict.fromkeys(counts, 1)}
        await self.view.merge(DEPLOYMENT, f"bot-{bot}", {"status": status}, sub="status")

    def _status(self, bot: str) -> Object:
        found: Object = (self.view.get(BOT_INSTANCE, bot) or {}).get("status", {})
        return found

    async def _until(self, bot: str, what: str, fits: Callable[[dict[str, Object]], object]) -> None:
        def current(live: Object | None) -> bool:
            if live is None:
                return False
            said = conditions(live)
            newest = live["metadata"]["generation"]
            return bool(said) and said["Ready"].get("observedGeneration") == newest and bool(fits(said))

        await self.view.until(BOT_INSTANCE, bot, current, seconds=self.seconds, what=what)


def image_of(deployment: Object) -> str:
    """Return the image of the pods."""
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def _pod(bot: str) -> Object:
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": f"bot-{bot}-1",
        "uid": "00000000-0000-0000-0000-000000000000",
        "controller": True,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"bot-{bot}-pod",
            "labels": {"botpod.dev/bot": bot},
            "ownerReferences": [owner],
        },
        "spec": {
            "automountServiceAccountToken": False,
            "serviceAccountName": f"bot-{bot}",
            "containers": [{"name": "bot", "image": "registry.invalid/bot:1"}],
        },
    }
