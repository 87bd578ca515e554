"""Operators that share one Lease, against an API server that no other operator works on."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apiserver import ApiServer, write_kubeconfig
from eventually import patiently
from operatorprocess import OperatorProcess, operator_process

from botpod_operator.kube.resources import BOT_INSTANCE, DEPLOYMENT, LEASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN = "botpod-system"
TEAM = "team"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """An API server with a namespace for the operators and one for bots."""

    server: ApiServer

    def prepare(self) -> None:
        """Make the namespaces, a class, and the credentials of every bot."""
        for namespace in (OWN, TEAM):
            self.server.kubectl("create", "namespace", namespace)
        self.server.kubectl(
            "create", "secret", "generic", "mine", "-n", TEAM, "--from-literal=discord-token=t"
        )
        self.botclass("registry.invalid/bot:1")

    def botclass(self, image: str) -> None:
        """Apply the class of all bots."""
        self.server.apply(
            {
                "apiVersion": "botpod.dev/v1alpha1",
                "kind": "BotClass",
                "metadata": {"name": "default"},
                "spec": {
                    "image": image,
                    "verifyCredentials": False,
                    "allowedNamespaces": {"names": [TEAM]},
                },
            }
        )

    def touch_class(self) -> None:
        """Change the class in a way that is nothing to its bots."""
        mark = f"tests/touched={uuid.uuid4().hex}"
        self.server.kubectl("annotate", "botclass", "default", "--overwrite", mark)

    def bots(self, *names: str) -> None:
        """Apply bots."""
        spec = {"credentials": {"secretRef": {"name": "mine"}}}
        self.server.apply(
            *(
                {
                    "apiVersion": "botpod.dev/v1alpha1",
                    "kind": "BotInstance",
                    "metadata": {"name": name, "namespace": TEAM},
                    "spec": spec,
                }
                for name in names
            )
        )

    def reconciled(self, name: str, *, seconds: float = 15) -> dict[str, Any]:
        """Wait until the bot's newest generation was looked at; return its Deployment."""

        def found() -> dict[str, Any] | None:
            bot = self.server.read(BOT_INSTANCE.path(namespace=TEAM, name=name)) or {}
            if bot.get("status", {}).get("observedGeneration") != bot["metadata"]["generation"]:
                return None
            return self.server.read(DEPLOYMENT.path(namespace=TEAM, name=f"bot-{name}"))

        return patiently(found, seconds=seconds) or {}

    def image(self, name: str) -> str:
        """Return the image in a bot's Deployment."""
        deployment = self.server.read(DEPLOYMENT.path(namespace=TEAM, name=f"bot-{name}")) or {}
        return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])

    def runs(self, name: str, image: str, *, seconds: float = 15) -> None:
        """Wait until a bot's Deployment has an image."""
        patiently(lambda: self.image(name) == image, seconds=seconds)

    @property
    def port(self) -> int:
        """Where the API server listens on loopback."""
        return int(self.server.url.rpartition(":")[2])

    def token_without_leases(self) -> str:
        """Return a token of somebody who may do everything where bots are, but nothing with Leases."""
        self.server.kubectl("create", "serviceaccount", "limited", "-n", OWN)
        account = f"--serviceaccount={OWN}:limited"
        self.server.kubectl(
            "create", "rolebinding", "limited", "-n", TEAM, "--clusterrole=cluster-admin", account
        )
        rule = ("--verb=get,list,watch", "--resource=botclasses.botpod.dev")
        self.server.kubectl("create", "clusterrole", "limited", *rule)
        self.server.kubectl("create", "clusterrolebinding", "limited", "--clusterrole=limited", account)
        return self.server.kubectl("create", "token", "limited", "-n", OWN).strip()

    def holder(self) -> str:
        """Return the identity in the Lease, empty where nobody has it."""
        lease = self.server.read(LEASE.path(namespace=OWN, name="botpod-operator")) or {}
        return str(lease.get("spec", {}).get("holderIdentity") or "")

    @contextlib.contextmanager
    def operator(
        self,
        directory: Path,
        instance: str,
        *,
        elects: bool = True,
        url: str | None = None,
        token: str = "",
        ready_path: str = "/readyz",
    ) -> Iterator[OperatorProcess]:
        """Run an operator of this name; enter when it is ready."""
        directory = directory / instance
        directory.mkdir()
        kubeconfig = self.server.kubeconfig
        if url or token:
            kubeconfig = write_kubeconfig(
                directory / "kubeconfig",
                url=url or self.server.url,
                ca=self.server.ca,
                token=token or "tests-admin-token",
            )
        config = {
            "namespace": OWN,
            "watch": {"namespaces": [TEAM]},
            "logging": {"level": "DEBUG"},
            "leaderElection": {"enabled": elects},
        }
        with operator_process(
            directory, kubeconfig=kubeconfig, config=config, instance=instance, ready_path=ready_path
        ) as process:
            yield process

    def writes(self, instance: str = "") -> list[dict[str, Any]]:
        """Return what operators of this name wrote, the Lease left out."""
        return [
            event
            for event in self.server.writes(f"botpod-operator ({instance}")
            if event["objectRef"]["resource"] != "leases"
        ]

    def lease_writes(self, instance: str) -> list[dict[str, Any]]:
        """Return the accepted writes of the Lease by operators of this name."""
        return [
            event
            for event in self.server.writes(f"botpod-operator ({instance}")
            if event["objectRef"]["resource"] == "leases" and event["responseStatus"]["code"] < 300
        ]


def leads(operator: OperatorProcess) -> bool:
    """Return whether an operator says that it leads."""
    return "botpod_operator_leader 1.0" in operator.metrics()


def looks(operator: OperatorProcess) -> float:
    """Return how often an operator has looked at a bot and found nothing wrong."""
    lines = operator.metrics().splitlines()
    found = (
        line.split()[1] for line in lines if line.startswith('botpod_operator_reconciles_total{result="ok"}')
    )
    return float(next(found, 0.0))


def idle(operator: OperatorProcess) -> bool:
    """Return whether no bot waits to be looked at by an operator."""
    return "botpod_operator_queue_depth 0.0" in operator.metrics()


def at(event: dict[str, Any]) -> float:
    """Return when the API server answered an audited request."""
    return dt.datetime.fromisoformat(event["stageTimestamp"]).timestamp()
