"""200 bots on 50 paths of a real Vault: what its own audit log says they cost it."""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from apiserver import ISSUER
from eventually import patiently
from jsonlines import json_lines
from vaultserver import AUDIENCE, vault_server

from botpod_operator.credentials.outages import FIRST_SECONDS, MOST_SECONDS
from botpod_operator.loops import VAULT_READERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from vaultserver import VaultServer
    from world import World

BOTS, PATHS, INTERVAL = 200, 50, 5.0
TOKEN_SECONDS = 16
"""Half of it, when a token is renewed, falls between the second and the third reading."""

pytestmark = pytest.mark.timeout(480)


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
        found = [
            Asked(
                at=dt.datetime.fromisoformat(line["time"]).timestamp(),
                path=line["request"]["path"],
                operation=line["request"]["operation"],
            )
            for line in json_lines(self._file)
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


@contextlib.contextmanager
def _sealed_in_its_place(vault: VaultServer, directory: Path) -> Iterator[list[float]]:
    """Answer at a Vault's address as a sealed one does, and yield when: a real one keeps no record."""
    asked: list[float] = []

    class Sealed(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def _answer(self) -> None:
            asked.append(time.monotonic())
            body = b'{"errors": ["Vault is sealed"]}'
            self.send_response(503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", int(vault.address.rpartition(":")[2])), Sealed)
    identity = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    identity.load_cert_chain(directory / "server.crt", directory / "server.key")
    server.socket = identity.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield asked
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def test_each_path_is_read_once_per_interval_and_a_sealed_vault_is_left_in_peace(
    world: World, tmp_path: Path
) -> None:
    public_key = world.cluster.service_account_public_key
    with vault_server(tmp_path, issuer=ISSUER, public_key=public_key) as own_vault:
        _live(world, own_vault, tmp_path)
    # 50 paths would ask ten times a second; one of them knocks, later each time.
    with _sealed_in_its_place(own_vault, tmp_path) as asked:
        # It may have been found unreachable for a while before: then it is asked more rarely from the first.
        patiently(lambda: len(asked) > VAULT_READERS, seconds=(VAULT_READERS + 2) * MOST_SECONDS)
        patiently(lambda: _reasons(world) == {"VaultSealed"}, seconds=12 * INTERVAL)
    # Those that were on their way before the first answer told of it, then one after the other.
    unaware = [at for at in asked if at < asked[0] + FIRST_SECONDS / 2]
    assert len(unaware) <= VAULT_READERS
    knocks = asked[len(unaware) - 1 :]
    assert min(after - before for before, after in pairwise(knocks)) > FIRST_SECONDS * 0.9
    assert set(_versions(world).values()) == {"1", "2"}


def _live(world: World, own_vault: VaultServer, tmp_path: Path) -> None:
    """Read, renew, rotate, seal and unseal."""
    audit = Audit(own_vault, tmp_path / "audit.log")
    _fill(world, own_vault)
    patiently(lambda: set(_versions(world).values()) == {"1"}, seconds=90)

    # What follows takes as long as it takes Vault to be asked: three readings of every path.
    begun = time.time()
    patiently(
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
    patiently(
        lambda: (
            {name for name, version in _versions(world).items() if version == "2"}
            == {f"bot-{number}" for number in range(BOTS) if number % PATHS == 7}
        ),
        seconds=3 * INTERVAL,
    )

    own_vault.admin.sys.seal()
    patiently(lambda: _reasons(world) == {"VaultSealed"}, seconds=6 * INTERVAL)
    own_vault.admin.sys.submit_unseal_key(own_vault.key)
    patiently(lambda: _reasons(world) == {"VerificationOff"}, seconds=12 * INTERVAL)
    assert set(_versions(world).values()) == {"1", "2"}
