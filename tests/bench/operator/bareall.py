"""The bare loop with all that the operator asks for a bot besides: a token, Vault, the event that says so.

What it asks once for many bots (lists, the class's status) is left out, and so is every decision.
"""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING

import aiohttp
from client import all_of
from fleet import BARE, WATCHED, botinstance, vault_path

from botpod_operator.kube.resources import BOT_INSTANCE, EVENT, SERVICE_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bare import Sample
    from client import Client
    from vaultserver import VaultServer

_TOKEN = {
    "apiVersion": "authentication.k8s.io/v1",
    "kind": "TokenRequest",
    "spec": {"audiences": ["vault"], "expirationSeconds": 600},
}


async def event_of(client: Client, known: Sample) -> str:
    """Return the event that the operator posted for the sample, for the bare loop's namespace."""
    events = (await client.get(EVENT.path(namespace=WATCHED)))["items"]
    (event,) = [each for each in events if each["regarding"]["name"] == known.name]
    for key in ("creationTimestamp", "managedFields", "resourceVersion", "uid"):
        event["metadata"].pop(key, None)
    event["metadata"]["namespace"] = event["regarding"]["namespace"] = BARE
    return json.dumps({"apiVersion": EVENT.api_version, "kind": EVENT.kind, **event})


async def write_all(
    client: Client, vault: VaultServer, known: Sample, event: str, bots: Sequence[str]
) -> None:
    """Create the bots and do all that the operator does for each, one request after the other."""
    trust = ssl.create_default_context(cadata=vault.ca_bundle)
    connector = aiohttp.TCPConnector(ssl=trust)
    async with aiohttp.ClientSession(vault.address, connector=connector, raise_for_status=True) as session:

        async def one(name: str) -> None:
            made = await client.create(BOT_INSTANCE.path(namespace=BARE), botinstance(name, namespace=BARE))
            uid = made["metadata"]["uid"]
            account, *others = known.children_of(name, uid)
            await client.apply(*account)
            await _credentials(client, session, name)
            for path, body in others:
                await client.apply(path, body)
            told = json.loads(event.replace(known.name, name).replace(known.uid, uid))
            await client.create(EVENT.path(namespace=BARE), told)
            await client.apply(*known.status_of(name, uid))

        await all_of(one(name) for name in bots)


async def _credentials(client: Client, session: aiohttp.ClientSession, name: str) -> None:
    """Log in to Vault as the bot and read its entry."""
    token = await client.create(SERVICE_ACCOUNT.path(namespace=BARE, name=f"bot-{name}", sub="token"), _TOKEN)
    login = {"role": "bots", "jwt": token["status"]["token"]}
    async with session.post("/v1/auth/jwt/login", json=login) as answer:
        logged_in = await answer.json()
    headers = {"X-Vault-Token": logged_in["auth"]["client_token"]}
    async with session.get(f"/v1/secret/data/{vault_path(name)}", headers=headers) as answer:
        await answer.read()
