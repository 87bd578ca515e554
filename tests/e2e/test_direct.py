"""Credentials that pods take from Vault themselves: in no Secret, tried by one, pinned, swapped in place."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from stage import Stage

BAD = "MTIz.abcdef.not-a-token-of-anybodys-bot-at-all"


def direct(stage: Stage, **vault: object) -> dict[str, object]:
    where = {"role": stage.namespace, "path": stage.vault_path, **vault}
    return {"vault": where, "refreshInterval": "5s", "delivery": "Direct"}


async def status(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = (await stage.kubectl.get("bot", "hello"))["status"]["credentials"]
    return found


async def uids(stage: Stage) -> set[str]:
    return {pod["metadata"]["uid"] for pod in await stage.pods()}


@pytest.mark.partly("CP-14", lacks="the Discord token only; all three are in test_vendor_keys.py")
async def test_pods_take_a_new_version_from_vault_while_they_run(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    await stage.start_bot(credentials=direct(stage), replicas=2)
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.readyReplicas}=2")
    await stage.ask("!ask who", expect="me")
    before = await uids(stage)

    stage.discord.faults.reset_token()
    version = stage.write_credentials()
    await stage.used(version)
    await stage.ask_until("!ask who now", expect="me")
    assert await uids(stage) == before
    assert (await status(stage))["verdict"]["reason"] == "Verified"


@pytest.mark.partly("CP-14", lacks="the Discord token only; all three are in test_vendor_keys.py")
async def test_a_refused_version_is_kept_out_and_a_pod_that_starts_reads_the_good_one(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    await stage.start_bot(credentials=direct(stage))
    good = int((await status(stage))["version"])

    bad = stage.write_credentials(**{"discord-token": BAD})
    await stage.kubectl.wait("bot/hello", "condition=CredentialsVerified=False")
    told = await status(stage)
    assert (told["version"], told["refused"]["version"]) == (str(good), str(bad))
    assert "discord-token" in told["refused"]["message"]

    await stage.kubectl("delete", "pod", "-l", "botpod.dev/bot=hello", "--wait=true")
    await stage.up_to_date()
    await stage.ask_until("!ask who", expect="me")
    assert (await status(stage))["version"] == str(good)

    await stage.used(stage.write_credentials())
    await stage.kubectl.wait("bot/hello", "condition=CredentialsVerified=True")
    events = await stage.kubectl.items("events.events.k8s.io")
    assert sum(event["reason"] == "CredentialRefused" for event in events) == 1


async def test_a_first_version_that_is_refused_starts_nothing_and_is_told(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    stage.write_credentials(**{"discord-token": BAD})
    await stage.kubectl.apply(stage.bot(credentials=direct(stage)))
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.credentials.refused.reason}=CredentialRefused")
    ready = await stage.condition("Ready")
    assert (ready["status"], ready["reason"]) == ("False", "CredentialRefused")
    stage.write_credentials()
    await stage.kubectl.wait("bot/hello", "condition=Ready")
    await stage.ask_until("!ask who", expect="me")


async def test_a_pod_that_can_not_read_its_version_has_the_status_say_why(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    await stage.start_bot(credentials=direct(stage))
    versions = {"versions": [int((await status(stage))["version"])]}
    stage.cluster.vault.request("POST", f"/v1/secret/delete/{stage.vault_path}", versions)
    await stage.kubectl("delete", "pod", "-l", "botpod.dev/bot=hello", "--wait=true")

    async def told() -> bool:
        available, progressing = await stage.condition("Available"), await stage.condition("Progressing")
        return all("The pods say: " in each["message"] for each in (available, progressing))

    await eventually(told, seconds=60, every=0.3)
    assert "deleted" in (await stage.condition("Available"))["message"]

    stage.cluster.vault.request("POST", f"/v1/secret/undelete/{stage.vault_path}", versions)
    await stage.kubectl.wait("bot/hello", "condition=Ready")
    for kind in ("Ready", "Available", "Progressing"):
        assert "The pods say" not in (await stage.condition(kind))["message"], kind
    await stage.ask_until("!ask who", expect="me")


@pytest.mark.partly("CP-14", lacks="the Discord token only; all three are in test_vendor_keys.py")
async def test_a_version_is_pinned_and_rolled_back_by_editing_the_resource(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    first = stage.write_credentials()
    await stage.start_bot(credentials=direct(stage, version=first))
    before = await uids(stage)
    stage.discord.faults.reset_token(linger=True)
    second = stage.write_credentials()
    await stage.patch_spec(credentials=direct(stage, version=second))
    await stage.used(second)
    await stage.ask_until("!ask who now", expect="me")
    assert await uids(stage) == before


@pytest.mark.parametrize("passwords", [True, False], ids=["with the class's passwords", "without"])
async def test_a_bot_moves_from_a_secret_to_direct_and_back(stage: Stage, *, passwords: bool) -> None:
    if not passwords:
        await stage.apply_class(state=None)
    stage.models.control.on("who", "me")
    await stage.start_bot(credentials={**direct(stage), "delivery": "Secret"})
    assert "discord-token" in await keys_in_secrets(stage)
    await stage.patch_spec(credentials=direct(stage))
    await stage.ask_until("!ask who", expect="me")
    assert ("redis-password" in await keys_in_secrets(stage)) == passwords
    assert not {"discord-token", "openai-api-key"} & await keys_in_secrets(stage)
    await stage.patch_spec(credentials={**direct(stage), "delivery": "Secret"})
    await stage.ask_until("!ask who again", expect="me")


async def keys_in_secrets(stage: Stage) -> set[str]:
    """Return the names of all values in Secrets of the bot's namespace."""
    found = await stage.kubectl.items("secrets")
    return {key for secret in found for key in secret.get("data") or {}}


@pytest.mark.req("CL-28")
async def test_no_value_shows_anywhere_nor_is_it_in_etcd(stage: Stage) -> None:
    etcd = stage.cluster.kubeconfig.parent / "etcd"
    control = _canary()
    await stage.kubectl("create", "secret", "generic", "control", f"--from-literal=value={control}")
    canaries = [_canary()]
    stage.write_credentials(**{"openai-api-key": canaries[0]})
    await stage.start_bot(credentials=direct(stage))
    for rotation in range(6):
        canaries.append(_canary())
        bad = {"discord-token": f"MTIz.abcdef.{canaries[-1]}"} if rotation % 3 == 2 else {}
        version = stage.write_credentials(**{"openai-api-key": canaries[-1], **bad})
        if bad:
            await stage.kubectl.wait(
                "bot/hello", f"jsonpath={{.status.credentials.refused.version}}={version}"
            )
        else:
            await stage.used(version)

    shown = [
        await stage.kubectl("get", kinds, "-o", "yaml", "--show-managed-fields")
        for kinds in ("bot,deployment,pod,configmap,secret,event", "botclass")
    ]
    shown.append(await stage.kubectl("describe", "bot,pod"))
    shown.append(await stage.kubectl("logs", "deployment/bot-hello", "--all-containers", "--tail=-1"))
    operator = ("-n", "botpod-system", "-l", "app.kubernetes.io/component=operator", "--tail=-1")
    shown.append(await stage.kubectl("logs", *operator))
    for canary in (*canaries, stage.discord.token):
        assert not [text for text in shown if canary in text]
        assert _found_in(etcd, canary) == []
    # What is searched for would be found.
    assert _found_in(etcd, control) != []


def _canary() -> str:
    return f"canary-{secrets.token_hex(16)}"


def _found_in(folder: Path, text: str) -> list[str]:
    """Return the files of etcd, its log and older revisions included, that hold a text."""
    forms = (text.encode(), base64.b64encode(text.encode()).rstrip(b"="))
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]


async def test_only_the_container_beside_the_bot_has_a_token_and_it_is_for_vault(stage: Stage) -> None:
    await stage.start_bot(credentials=direct(stage))
    (pod,) = await stage.pods()
    spec = pod["spec"]
    tokens = {
        volume["name"]: source["serviceAccountToken"]["audience"]
        for volume in spec["volumes"]
        for source in volume.get("projected", {}).get("sources", ())
        if "serviceAccountToken" in source
    }
    assert set(tokens.values()) == {"vault"}
    (bot,) = spec["containers"]
    assert not {mount["name"] for mount in bot["volumeMounts"]} & set(tokens)
    assert json.dumps(pod).count("serviceAccountToken") == 1
