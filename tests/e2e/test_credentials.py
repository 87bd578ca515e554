"""A rotated credential arrives, by writing to Vault and by editing the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stage import Stage


def on_vault(stage: Stage, **vault: object) -> dict[str, object]:
    where = {"role": stage.namespace, "path": stage.vault_path, **vault}
    return {"vault": where, "refreshInterval": "5s"}


@pytest.mark.req("CP-14", "CL-31")
async def test_a_new_version_in_vault_reaches_the_pods(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    await stage.start_bot(credentials=on_vault(stage))
    await stage.ask("!ask who", expect="me")

    stage.discord.faults.reset_token()
    version = stage.write_credentials()
    await stage.kubectl.wait("bot/hello", f"jsonpath={{.status.credentials.version}}={version}")
    await stage.ask_until("!ask who now", expect="me")


@pytest.mark.req("CP-14")
async def test_a_pinned_version_is_rotated_by_editing_the_resource(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    first = stage.write_credentials()
    await stage.start_bot(credentials=on_vault(stage, version=first))
    await stage.ask("!ask who", expect="me")

    stage.discord.faults.reset_token()
    second = stage.write_credentials()
    assert (await stage.kubectl.get("bot", "hello"))["status"]["credentials"]["version"] == str(first)
    await stage.patch_spec(credentials=on_vault(stage, version=second))
    await stage.ask_until("!ask who now", expect="me")


async def test_a_secret_serves_those_without_vault(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    await stage.kubectl(
        *("create", "secret", "generic", "mine"),
        *(f"--from-literal=discord-token={stage.discord.token}", "--from-literal=openai-api-key=any"),
    )
    await stage.start_bot(credentials={"secretRef": {"name": "mine"}})
    await stage.ask("!ask who", expect="me")


@pytest.mark.req("CL-28")
async def test_no_credential_shows_outside_its_secret(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    await stage.start_bot()
    await stage.ask("!ask who", expect="me")

    shown = [
        await stage.kubectl("get", kinds, "-o", "yaml")
        for kinds in ("bot,deployment,pod,replicaset,configmap,event,hpa,networkpolicy", "botclass")
    ]
    shown.append(await stage.kubectl("logs", "deployment/bot-hello"))
    operators = ("-n", "botpod-system", "-l", "app.kubernetes.io/component=operator", "--tail=-1")
    shown.append(await stage.kubectl("logs", *operators))
    for text in shown:
        assert stage.discord.token not in text
        assert "sk-test-of-the-stage" not in text
