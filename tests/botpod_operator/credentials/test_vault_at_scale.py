"""200 bots on 50 paths of a real Vault: what its own audit log says they cost it."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from apiserver import ISSUER
from vaultserver import AUDIENCE, vault_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vaultserver import VaultServer
    from world import World

BOTS, PATHS, INTERVAL = 200, 50, 5.0
TOKEN_SECONDS = 16
"""Half of it, when a token is renewed, falls between the second and the third reading."""

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that reached Vault."""

    at: float
    path: str
    operation: str


class Audit:
    """Vault's own record."""

    def __init__(self, vault: VaultServer, file: Path) -> None:
        self._file = file
        vault.admin.sys.enable_audit_device("file", options={"file_path": str(file)})

    def asked(self, *, since: float = 0.0) -> list[Asked]:
        lines = [json.loads(line) for line in self._file.read_text().splitlines()]
        found = [
            Asked(
                at=dt.datetime.fromisoformat(line["time"]).timestamp(),
                path=line["request"]["path"],
                operation=line["request"]["operation"],
            )
            for line in lines
            if line["type"] == "request"
        ]
        return [one for one in found if one.at >= since]

    def readings(self, *, since: float = 0.0) -> dict[str, list[float]]:
        """Return when each path's metadata was read."""
        read: dict[str, list[float]] = defaultdict(list)
        for one in self.asked(since=since):
            if one.path.startswith("secret/metadata/bots/"):
                read[one.path].append(one.at)
        return read


@pytest.fixture
def own_vault(world: World, tmp_path: Path) -> Iterator[VaultServer]:
    with vault_server(tmp_path, issuer=ISSUER, public_key=world.cluster.service_account_public_key) as vault:
        yield vault


def _fill(world: World, vault: VaultServer) -> None:
    """Write the paths, and let every bot of the namespace read them."""
    for number in range(PATHS):
        vault.write(f"bots/{number}", discord_token="token-1")
    policy = 'path "secret/+/bots/*" { capabilities = ["read"] }'
    vault.admin.sys.create_or_update_policy("fleet", policy)
    vault.admin.write_data(
        "auth/jwt/role/fleet",
        data={
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": [AUDIENCE],
            "bound_claims_type": "glob",
            "bound_claims": {"sub": f"system:serviceaccount:{world.namespace}:bot-*"},
            "token_policies": ["fleet"],
            "token_ttl": f"{TOKEN_SECONDS}s",
        },
    )
    world.botclass(vault={"address": vault.address, "caBundle": vault.ca_bundle})
    world.cluster.apply(
        *(
            {
                "apiVersion": "botpod.dev/v1alpha1",
                "kind": "BotInstance",
                "metadata": {"name": f"bot-{number}", "namespace": world.namespace},
                "spec": {
                    "className": world.namespace,
                    "credentials": {
                        "vault": {"path": f"bots/{number % PATHS}", "role": "fleet"},
                        "refreshInterval": f"{INTERVAL:.0f}s",
                    },
                },
            }
            for number in range(BOTS)
        )
    )


def _versions(world: World) -> dict[str, str]:
    bots = world.cluster.get("botinstances", "-n", world.namespace)["items"]
    return {
        bot["metadata"]["name"]: bot.get("status", {}).get("credentials", {}).get("version", "")
        for bot in bots
    }


def _reasons(world: World) -> set[str]:
    bots = world.cluster.get("botinstances", "-n", world.namespace)["items"]
    return {
        condition["reason"]
        for bot in bots
        for condition in bot.get("status", {}).get("conditions", [])
        if condition["type"] == "CredentialsVerified"
    }


def _until(done: Callable[[], Any], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not done in {seconds} s"
        time.sleep(0.2)


def test_each_path_is_read_once_per_interval_and_a_sealed_vault_is_left_in_peace(
    world: World, own_vault: VaultServer, tmp_path: Path
) -> None:
    audit = Audit(own_vault, tmp_path / "audit.log")
    _fill(world, own_vault)
    _until(lambda: set(_versions(world).values()) == {"1"}, seconds=90)

    # What follows takes as long as it takes Vault to be asked: three readings of every path.
    begun = time.time()
    _until(
        lambda: len(read := audit.readings(since=begun)) == PATHS and min(map(len, read.values())) >= 3,
        seconds=8 * INTERVAL,
    )
    for times in audit.readings().values():
        assert min(after - before for before, after in pairwise(times)) > INTERVAL * 0.95
    asked = audit.asked()
    logins = [one for one in asked if one.path == "auth/jwt/login"]
    renewals = [one for one in asked if one.path == "auth/token/renew-self"]
    # Each bot once, for its values; after that the tokens of those who read are renewed.
    assert len(logins) <= BOTS + 5
    assert renewals

    # One new version is told to all bots of its path; tokens that were taken away are made anew.
    own_vault.admin.sys.revoke_prefix("auth/jwt/login")
    own_vault.write("bots/7", discord_token="token-2")
    _until(
        lambda: (
            {name for name, version in _versions(world).items() if version == "2"}
            == {f"bot-{number}" for number in range(BOTS) if number % PATHS == 7}
        ),
        seconds=3 * INTERVAL,
    )

    own_vault.admin.sys.seal()
    _until(lambda: _reasons(world) == {"VaultSealed"}, seconds=6 * INTERVAL)
    down = time.time()
    _until(lambda: time.time() - down > 3 * INTERVAL, seconds=4 * INTERVAL)
    # Sealed, it is asked by one at a time: 50 paths would have asked 150 times.
    assert sum(one.at >= down for one in audit.asked()) <= 10
    own_vault.admin.sys.submit_unseal_key(own_vault.key)
    _until(lambda: _reasons(world) == {"VerificationOff"}, seconds=12 * INTERVAL)
    assert set(_versions(world).values()) == {"1", "2"}
