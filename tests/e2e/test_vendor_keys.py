"""Credentials of all kinds are rotated in Vault: the pods that run use the new ones, and nothing restarts."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from github_server import GitHubServer, github_server

from botpod_local.models import Vendor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stage import Stage

AZURE, GITHUB = "azure-openai-api-key", "github-token"
MODELS = [{"name": "main", "provider": "AzureOpenAI", "model": "gpt-4o"}]
KEYS = {"discord-token": "DiscordToken", AZURE: "AzureOpenAI", GITHUB: "GitHub"}


@pytest.fixture
async def github(standin_host: str) -> AsyncIterator[GitHubServer]:
    async with github_server(standin_host) as made:
        yield made


def from_vault(stage: Stage, delivery: str) -> dict[str, Any]:
    return {
        "vault": {"role": stage.namespace, "path": stage.vault_path},
        "keys": [{"name": name, "kind": kind} for name, kind in KEYS.items()],
        "refreshInterval": "5s",
        "delivery": delivery,
    }


def any_key(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(12)}"


async def running(stage: Stage) -> dict[str, int]:
    """Return the bot's pods by uid, with how often their containers were restarted."""
    return {
        pod["metadata"]["uid"]: sum(one["restartCount"] for one in pod["status"]["containerStatuses"])
        for pod in await stage.pods()
    }


async def delivered(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = (await stage.kubectl.get("bot", "hello"))["status"]["credentials"]
    return found


async def refused(stage: Stage, version: int) -> dict[str, Any]:
    """Wait until the status says that a version was refused; return what it says of credentials."""
    await stage.kubectl.wait("bot/hello", f"jsonpath={{.status.credentials.refused.version}}={version}")
    return await delivered(stage)


async def in_use(stage: Stage) -> dict[str, str]:
    """Return by which digest the only pod knows each of its credentials; never a value."""
    (pod,) = await stage.pods()
    page = f"/api/v1/namespaces/{stage.namespace}/pods/{pod['metadata']['name']}:9090/proxy/status"
    told = json.loads(await stage.kubectl("get", "--raw", page))["credentials"]["keys"]
    return {name: key["digest"] for name, key in told.items()}


def keys_asked_with(stage: Stage) -> list[str]:
    """Return the key of each question that Azure answered or refused."""
    return [each.key for each in stage.models.control.requests if each.vendor is Vendor.AZURE and each.ask]


async def start(stage: Stage, github: GitHubServer, delivery: str, **values: str) -> None:
    """Start a bot that is answered by Azure and holds a GitHub token, with these values in Vault."""
    await stage.apply_class(github={"apiUrl": github.url})
    stage.write_credentials(**values)
    await stage.start_bot(credentials=from_vault(stage, delivery), models=MODELS)


@pytest.mark.parametrize("delivery", ["Secret", "Direct"])
@pytest.mark.req("CP-14", "CL-31")
async def test_discords_token_azures_key_and_githubs_token_are_rotated_in_running_pods(
    stage: Stage, github: GitHubServer, delivery: str
) -> None:
    stage.models.control.on("who", "me")
    old = {AZURE: any_key("first"), GITHUB: any_key("github_pat")}
    stage.models.control.accept(Vendor.AZURE, old[AZURE])
    github.tokens = {old[GITHUB]}
    await start(stage, github, delivery, **old)
    await stage.ask("!ask who", expect="me")
    before, of_old = await running(stage), await in_use(stage)

    new = {AZURE: any_key("second"), GITHUB: any_key("github_pat")}
    stage.models.control.accept(Vendor.AZURE, new[AZURE])
    github.tokens = {new[GITHUB]}
    stage.discord.faults.reset_token()
    await stage.used(stage.write_credentials(**new))
    await stage.ask_until("!ask who now", expect="me")
    assert keys_asked_with(stage)[-1] == new[AZURE]
    assert github.asked[-1] == new[GITHUB]
    of_new = await in_use(stage)
    assert of_new.keys() >= {"discord-token", AZURE, GITHUB}
    assert not [key for key in ("discord-token", AZURE, GITHUB) if of_new[key] == of_old[key]]
    assert await running(stage) == before
    assert set(before.values()) == {0}


@pytest.mark.parametrize("key", [AZURE, GITHUB])
@pytest.mark.partly("CP-14", lacks="two of the three; Discord's token is in test_credentials.py")
async def test_a_refused_one_replaces_none(stage: Stage, github: GitHubServer, key: str) -> None:
    stage.models.control.on("who", "me")
    good = {AZURE: any_key("good"), GITHUB: any_key("github_pat")}
    stage.models.control.accept(Vendor.AZURE, good[AZURE])
    github.tokens = {good[GITHUB]}
    await start(stage, github, "Secret", **good)
    version, before = (await delivered(stage))["version"], await in_use(stage)

    told = await refused(stage, stage.write_credentials(**{**good, key: any_key("bad")}))
    assert (told["version"], told["usedBy"]) == (version, 1)
    assert told["refused"]["reason"] == "CredentialRefused"
    assert key in told["refused"]["message"]
    assert await in_use(stage) == before
    await stage.ask("!ask who", expect="me")
    assert set(keys_asked_with(stage)) == {good[AZURE]}
