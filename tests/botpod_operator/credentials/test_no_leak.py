"""100 rotations with failures of every kind, then a search for the values in all that anybody can read."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from apiserver import ISSUER
from vaultserver import vault_server

from botpod_local.models import Vendor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from operatorprocess import OperatorProcess
    from vaultserver import VaultServer
    from world import World

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

ROTATIONS = 100
MODEL = {"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}

pytestmark = pytest.mark.timeout(400)


class Rotations:
    """Writes canaries, one kind of failure after the other, and waits until the status tells of each."""

    def __init__(
        self, world: World, vault: VaultServer, discord: DiscordServer, models: ModelsServer
    ) -> None:
        self.world, self.vault, self.discord, self.models = world, vault, discord, models
        self.path = f"bots/{world.namespace}/hello"
        self.canaries: list[str] = []
        self.kinds: list[tuple[str, Callable[[int], None]]] = [
            ("Verified", self.good),
            ("CredentialRefused", self.refused_by_discord),
            ("CredentialRefused", self.refused_by_openai),
            ("KeyMissing", self.without_a_key),
            ("KeyEmpty", self.with_an_empty_key),
            ("VaultVersionDeleted", self.deleted),
            ("OtherApplication", self.of_another_application),
            ("VerificationPending", self.while_discord_is_down),
        ]

    def start(self) -> None:
        self.vault.role("hello", namespace=self.world.namespace, account="bot-hello", paths=(self.path,))
        self.world.botclass(
            vault={"address": self.vault.address, "caBundle": self.vault.ca_bundle},
            discord={"apiUrl": self.discord.api_url},
            providers={"openAI": {"baseUrl": self.models.openai_url}},
            verifyCredentials=True,
        )

    def canary(self, what: str) -> str:
        self.canaries.append(f"canary-{len(self.canaries):03}-{what}-b81c4e97")
        return self.canaries[-1]

    def write(self, **values: str) -> int:
        return self.vault.write(self.path, **values)

    def good(self, _: int) -> None:
        token, key = self.canary("token"), self.canary("key")
        self.discord.application.token = token
        self.models.control.accept(Vendor.OPENAI, key)
        self.pin(self.write(discord_token=token, openai_api_key=key))

    def refused_by_discord(self, _: int) -> None:
        self.pin(self.write(discord_token=self.canary("bad"), openai_api_key=self.canary("key")))

    def refused_by_openai(self, _: int) -> None:
        self.pin(self.write(discord_token=self.discord.application.token, openai_api_key=self.canary("bad")))

    def without_a_key(self, _: int) -> None:
        self.pin(self.write(discord_token=self.canary("alone")))

    def with_an_empty_key(self, _: int) -> None:
        self.pin(self.write(discord_token=self.canary("half"), openai_api_key="   "))

    def deleted(self, _: int) -> None:
        version = self.write(discord_token=self.canary("gone"), openai_api_key=self.canary("gone"))
        self.vault.admin.secrets.kv.v2.delete_latest_version_of_secret(self.path)
        self.pin(version)

    def of_another_application(self, _: int) -> None:
        token, key = self.canary("token"), self.canary("key")
        before = self.discord.application.id
        self.discord.application.id = before + 1
        self.discord.application.token = token
        self.models.control.accept(Vendor.OPENAI, key)
        self.pin(self.write(discord_token=token, openai_api_key=key))
        self.wait("OtherApplication")
        self.discord.application.id = before

    def while_discord_is_down(self, _: int) -> None:
        token, key = self.canary("token"), self.canary("key")
        self.discord.application.token = token
        self.discord.faults.fail(503, path="/users/@me")
        self.models.control.accept(Vendor.OPENAI, key)
        self.pin(self.write(discord_token=token, openai_api_key=key))

    def pin(self, version: int) -> None:
        vault = {"path": self.path, "version": version}
        self.world.bot(
            credentials={"vault": vault, "refreshInterval": "1h"}, models=[MODEL], logging={"level": "DEBUG"}
        )

    def wait(self, reason: str) -> None:
        self.world.condition("CredentialsVerified", reason=reason, seconds=30)

    def run(self) -> None:
        self.start()
        for number, (reason, rotate) in zip(range(ROTATIONS), itertools.cycle(self.kinds), strict=False):
            rotate(number)
            self.wait(reason)


async def test_no_rotated_value_is_to_be_read_anywhere(
    world: World,
    operator: OperatorProcess,
    discord: DiscordServer,
    models: ModelsServer,
    tmp_path: Path,
) -> None:
    public_key = world.cluster.service_account_public_key
    with vault_server(tmp_path, issuer=ISSUER, public_key=public_key) as vault:
        rotations = Rotations(world, vault, discord, models)
        # The stand-ins run on this loop.
        await asyncio.to_thread(rotations.run)
    shown = await asyncio.to_thread(_shown, world, operator)
    assert len(rotations.canaries) > ROTATIONS
    for where, text in shown.items():
        # What is searched for would be found: the names of the keys are there.
        for canary in rotations.canaries:
            encoded = base64.b64encode(canary.encode()).decode().rstrip("=")
            assert canary not in text, where
            assert encoded not in text, where
            assert json.dumps(canary)[1:-1] not in text, where
    assert "discord-token" in shown["objects"]
    assert shown["log"].count('"message": "status written"') >= ROTATIONS
    assert sum("CredentialRefused" in line for line in shown["events"].splitlines()) > ROTATIONS / 10


def _shown(world: World, operator: OperatorProcess) -> dict[str, str]:
    kinds = "botinstances,configmaps,deployments,serviceaccounts,services,networkpolicies,botclasses"
    get = ["get", "-A", "-o", "yaml", "--show-managed-fields"]
    return {
        "objects": world.cluster.kubectl(*get, kinds),
        "events": world.cluster.kubectl(*get, "events.events.k8s.io"),
        # Values stand in the data of Secrets, and nowhere else in them.
        "secrets": json.dumps(_metadata(world)),
        "log": operator.log.read_text(),
        "metrics": operator.metrics(),
        "audit": world.cluster.audit.read_text(),
        "describe": world.cluster.kubectl("describe", "botinstances", "-A"),
    }


def _metadata(world: World) -> list[Any]:
    return [secret["metadata"] for secret in world.cluster.get("secrets", "-A")["items"]]
