"""The bots of the bench: as users would write them, with Vault entries that teams of twenty share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from client import Client, all_of
from world import STATE

from botpod_operator.kube.resources import BOT_CLASS, BOT_INSTANCE, CHILDREN, EVENT, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machinery import Machinery

WATCHED, BARE, OWN = "bots", "bare", "botpod-system"
"""Where the operator's bots are, where the bare loop writes, and where the operator is."""
CLASS = "bench"
TEAMS = 50
CHILD_KINDS = ("ServiceAccount", "ConfigMap", "NetworkPolicy", "Service", "PodDisruptionBudget", "Deployment")
WRITTEN = (*(CHILDREN[kind] for kind in CHILD_KINDS), SECRET)
"""What a bot of this bench consists of."""


def names(count: int, *, first: int = 0) -> list[str]:
    """Return the names of bots."""
    return [f"bot-{number:04}" for number in range(first, first + count)]


def vault_path(name: str) -> str:
    """Return where the credentials of a bot are."""
    return f"bots/team-{int(name[-4:]) % TEAMS:02}"


def botinstance(name: str, *, namespace: str = WATCHED) -> dict[str, Any]:
    """Return one BotInstance."""
    return {
        "apiVersion": BOT_INSTANCE.api_version,
        "kind": BOT_INSTANCE.kind,
        "metadata": {"name": name, "namespace": namespace, "labels": {"number": name}},
        "spec": {
            "className": CLASS,
            "credentials": {"vault": {"path": vault_path(name), "role": "bots"}},
            "models": [{"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}],
            "instructions": "You help the members of a server about gardens. Answer briefly. " * 4,
        },
    }


def botclass(machinery: Machinery) -> dict[str, Any]:
    """Return the class: state is shared, as where several pods may run; no vendor is there to verify with."""
    return {
        "apiVersion": BOT_CLASS.api_version,
        "kind": BOT_CLASS.kind,
        "metadata": {"name": CLASS},
        "spec": {
            "image": "registry.invalid/bot:1",
            "vault": {"address": machinery.vault.address, "caBundle": machinery.vault.ca_bundle},
            "verifyCredentials": False,
            "state": STATE,
            "allowedNamespaces": {"names": [WATCHED]},
        },
    }


def prepare(machinery: Machinery) -> None:
    """Make the namespaces, the class, and what Vault needs."""
    for namespace in (WATCHED, BARE, OWN):
        machinery.server.kubectl("create", "namespace", namespace)
    machinery.server.apply(botclass(machinery))
    vault = machinery.vault
    vault.admin.sys.create_or_update_policy(
        "bots",
        "\n".join(
            f'path "secret/{part}/bots/*" {{ capabilities = ["read"] }}' for part in ("data", "metadata")
        ),
    )
    vault.admin.write_data(
        "auth/jwt/role/bots",
        data={
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": ["vault"],
            "bound_claims_type": "glob",
            "bound_claims": {"sub": [f"system:serviceaccount:{where}:*" for where in (WATCHED, BARE)]},
            "token_policies": ["bots"],
            "token_ttl": "1h",
        },
    )
    for team in range(TEAMS):
        vault.write(f"bots/team-{team:02}", discord_token=f"discord-{team}", openai_api_key=f"sk-{team}")


async def create(client: Client, bots: Iterable[str]) -> None:
    """Create BotInstances, as fast as the API server takes them."""
    path = BOT_INSTANCE.path(namespace=WATCHED)
    await all_of(client.create(path, botinstance(name)) for name in bots)


async def clear_bots(client: Client, *, namespace: str) -> None:
    """Delete the BotInstances."""
    await client.delete_all(BOT_INSTANCE, namespace=namespace)


async def clear_children(client: Client, *, namespace: str) -> None:
    """Delete what the bots consisted of; no garbage collector is needed."""
    for resource in (*reversed(WRITTEN), EVENT):
        await client.delete_all(resource, namespace=namespace)


async def remove(client: Client, bots: Iterable[str]) -> None:
    """Delete some bots; the garbage collector deletes what they consist of."""
    await all_of(client.delete(BOT_INSTANCE.path(namespace=WATCHED, name=name)) for name in bots)
