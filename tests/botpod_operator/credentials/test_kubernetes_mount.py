"""The kubernetes auth method, HashiCorp's own plug-in in a real Vault: the same login as on a jwt mount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from apiserver import ISSUER
from vaultserver import AUDIENCE, VaultServer, add_kubernetes_mount, vault_server
from world import REFRESH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from world import World


@pytest.fixture
def own_vault(world: World, tmp_path: Path) -> Iterator[VaultServer]:
    public_key = world.cluster.service_account_public_key
    with vault_server(tmp_path, issuer=ISSUER, public_key=public_key) as vault:
        add_kubernetes_mount(vault, cluster=world.cluster)
        yield vault


def _role(vault: VaultServer, name: str, *, namespace: str, account: str, path: str) -> None:
    policy = f'path "secret/+/{path}" {{ capabilities = ["read"] }}'
    vault.admin.sys.create_or_update_policy(name, policy)
    vault.admin.write_data(
        f"auth/kubernetes/role/{name}",
        data={
            "bound_service_account_names": [account],
            "bound_service_account_namespaces": [namespace],
            "audience": AUDIENCE,
            "token_policies": [name],
            "token_ttl": "10m",
        },
    )


@pytest.mark.req("CP-13")
def test_a_kubernetes_mount_serves_as_a_jwt_mount_does(world: World, own_vault: VaultServer) -> None:
    path = f"bots/{world.namespace}/hello"
    own_vault.write(path, discord_token="token-1")
    _role(own_vault, "hello", namespace=world.namespace, account="bot-hello", path=path)
    world.botclass(
        vault={
            "address": own_vault.address,
            "caBundle": own_vault.ca_bundle,
            "authMount": "kubernetes",
        }
    )
    world.bot()
    world.eventually("botinstance", "hello", lambda bot: _version(bot) == "1")
    own_vault.write(path, discord_token="token-2")
    world.eventually("botinstance", "hello", lambda bot: _version(bot) == "2")

    # The role of another ServiceAccount is not this bot's.
    _role(own_vault, "theirs", namespace="elsewhere", account="bot-theirs", path=path)
    theirs = {"vault": {"path": path, "role": "theirs"}, "refreshInterval": REFRESH}
    world.bot(credentials=theirs)
    said = world.condition("CredentialsVerified", reason="VaultLoginDenied")
    assert 'with role "theirs" on auth/kubernetes' in said["message"]
    assert _version(world.get("botinstance", "hello") or {}) == "2"


def _version(bot: dict[str, object]) -> object:
    status = bot.get("status")
    credentials = status.get("credentials") if isinstance(status, dict) else None
    return credentials.get("version") if isinstance(credentials, dict) else None
