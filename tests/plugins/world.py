"""What a test of the operator does: writes manifests and credentials, waits for what the API server shows."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botpod_operator.kube.resources import BOT_INSTANCE, CHILDREN, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from apiserver import ApiServer
    from vaultserver import VaultServer

ROOT = Path(__file__).parents[2]

type Object = dict[str, Any]

WITHIN_SECONDS = 15.0
STATE = {
    "redis": {"url": "redis://redis.db.svc:6379/0"},
    "postgresql": {"url": "postgresql://botpod@pg.db.svc:5432/botpod"},
}
"""What lets several pods share the work."""

KINDS = {kind.lower(): resource for kind, resource in {**CHILDREN, "Secret": SECRET}.items()}

REFRESH = "5s"
"""The shortest interval the API takes."""


def install_crds(cluster: ApiServer) -> None:
    """Apply the CRDs of this tree and wait until they are served."""
    cluster.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
    deadline = time.monotonic() + 30
    for crd in ("botinstances", "botclasses"):
        # Not by `kubectl wait`: it fails at a CRD that has no conditions yet.
        while not _established(cluster.get("crd", f"{crd}.botpod.dev")):
            assert time.monotonic() < deadline, f"the CRD {crd} isn't served"
            time.sleep(0.1)


def _established(crd: Object) -> bool:
    told = crd.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in told)


@dataclass(frozen=True, kw_only=True)
class World:
    """One namespace with a class of the same name."""

    cluster: ApiServer
    vault: VaultServer | None
    namespace: str
    own_namespace: str

    def botclass(self, **spec: Any) -> None:
        """Apply the class; a Vault is in it, and it is for this namespace, unless None is given for those."""
        vault = {"address": self.vault.address, "caBundle": self.vault.ca_bundle} if self.vault else None
        content = {
            "image": "registry.invalid/bot:1",
            "vault": vault,
            "verifyCredentials": False,
            "allowedNamespaces": {"names": [self.namespace]},
            "allow": {"images": ["registry.invalid/bot:*"]},
            **spec,
        }
        self.cluster.apply(
            {
                "apiVersion": "botpod.dev/v1alpha1",
                "kind": "BotClass",
                "metadata": {"name": self.namespace},
                "spec": {key: value for key, value in content.items() if value is not None},
            }
        )

    def bot(self, name: str = "hello", **spec: Any) -> None:
        """Apply a BotInstance with credentials from Vault unless others are given."""
        credentials = {"vault": {"path": f"bots/{self.namespace}/{name}"}, "refreshInterval": REFRESH}
        self.cluster.apply(
            {
                "apiVersion": "botpod.dev/v1alpha1",
                "kind": "BotInstance",
                "metadata": {"name": name, "namespace": self.namespace},
                "spec": {"className": self.namespace, "credentials": credentials, **spec},
            }
        )

    def credentials(self, name: str = "hello", **values: Any) -> int:
        """Write a bot's credentials to Vault and let its ServiceAccount read them; return the version."""
        path = f"bots/{self.namespace}/{name}"
        self.vault.role(name, namespace=self.namespace, account=f"bot-{name}", paths=(path,))
        return self.vault.write(path, **({"discord_token": "token-1"} | values))

    def get(self, kind: str, name: str = "bot-hello") -> Object | None:
        """Return an object of the namespace, or None."""
        resource = BOT_INSTANCE if kind == "botinstance" else KINDS[kind]
        return self.cluster.read(resource.path(namespace=self.namespace, name=name))

    def pods(self, count: int, *, ready: int | None = None) -> None:
        """Say what the Deployment's controller and the kubelets would say once ``count`` pods run."""
        ready = count if ready is None else ready
        deployment = self.eventually("deployment", "bot-hello", lambda _: True)
        generation = deployment["metadata"]["generation"]
        status = {
            "observedGeneration": generation,
            "replicas": count,
            "updatedReplicas": count,
            "readyReplicas": ready,
            "availableReplicas": ready,
        }
        self.cluster.kubectl(
            "patch",
            "deployment",
            "bot-hello",
            "-n",
            self.namespace,
            "--subresource=status",
            "--type=merge",
            "-p",
            json.dumps({"status": status}),
        )

    def eventually(
        self, kind: str, name: str, fits: Callable[[Object], object], *, seconds: float = WITHIN_SECONDS
    ) -> Object:
        """Wait until an object is there and fits; return it."""
        deadline, found = time.monotonic() + seconds, None
        while time.monotonic() < deadline:
            found = self.get(kind, name)
            if found is not None and fits(found):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{kind} {name} did not fit in {seconds} s: {found}")

    def condition(
        self, kind: str, *, name: str = "hello", reason: str, seconds: float = WITHIN_SECONDS
    ) -> Object:
        """Wait until a condition has this reason for the newest generation; return it."""

        def fits(bot: Object) -> bool:
            found = conditions(bot).get(kind, {})
            return (
                found.get("reason") == reason
                and found.get("observedGeneration") == bot["metadata"]["generation"]
            )

        return conditions(self.eventually("botinstance", name, fits, seconds=seconds))[kind]


def conditions(bot: Object) -> dict[str, Object]:
    """Return a bot's conditions by type."""
    return {condition["type"]: condition for condition in bot.get("status", {}).get("conditions", ())}
