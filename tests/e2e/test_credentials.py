"""A rotated credential arrives, by writing to Vault and by editing the resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from botpod_local.models import Reply

if TYPE_CHECKING:
    from stage import Stage

    from botpod_local.models import Ask


def on_vault(stage: Stage, **vault: object) -> dict[str, object]:
    where = {"role": stage.namespace, "path": stage.vault_path, **vault}
    return {"vault": where, "refreshInterval": "5s"}


async def pods(stage: Stage) -> dict[str, int]:
    """Return the bot's pods by uid, with how often their container was restarted."""
    return {
        pod["metadata"]["uid"]: sum(one["restartCount"] for one in pod["status"]["containerStatuses"])
        for pod in await stage.kubectl.items("pods", "-l", "botpod.dev/bot=hello")
    }


@pytest.mark.partly("CP-14", lacks="the Discord token only; all three are in test_vendor_keys.py")
async def test_a_new_version_in_vault_is_swapped_into_the_running_pods(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    await stage.start_bot(credentials=on_vault(stage), replicas=2)
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.readyReplicas}=2")
    await stage.ask("!ask who", expect="me")
    before = await pods(stage)

    stage.discord.faults.reset_token()
    version = stage.write_credentials()
    await stage.used(version)
    await stage.ask_until("!ask who now", expect="me")
    assert await pods(stage) == before
    assert set(before.values()) == {0}


@pytest.mark.partly("CP-14", lacks="the Discord token only; all three are in test_vendor_keys.py")
async def test_a_pinned_version_is_rotated_and_rolled_back_by_editing_the_resource(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    first = stage.write_credentials()
    await stage.start_bot(credentials=on_vault(stage, version=first))
    await stage.ask("!ask who", expect="me")
    before = await pods(stage)

    stage.discord.faults.reset_token(linger=True)
    second = stage.write_credentials()
    assert (await stage.kubectl.get("bot", "hello"))["status"]["credentials"]["version"] == str(first)
    await stage.patch_spec(credentials=on_vault(stage, version=second))
    await stage.used(second)
    await stage.ask_until("!ask who now", expect="me")

    # The token of the first is no longer any good: a roll-back to it is refused, and the second stays.
    await stage.kubectl.patch("bot/hello", {"spec": {"credentials": on_vault(stage, version=first)}})
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.credentials.refused.reason}=CredentialRefused")
    status = (await stage.kubectl.get("bot", "hello"))["status"]["credentials"]
    assert (status["version"], status["refused"]["version"]) == (str(second), str(first))
    await stage.ask("!ask who still", expect="me")
    assert await pods(stage) == before


@pytest.mark.partly("CP-14", lacks="the Discord token only; all three are in test_vendor_keys.py")
async def test_a_refused_credential_never_replaces_a_good_one(stage: Stage) -> None:
    stage.models.control.on("who", "me")
    await stage.start_bot(credentials=on_vault(stage))
    good = int((await stage.kubectl.get("bot", "hello"))["status"]["credentials"]["version"])

    bad = stage.write_credentials(**{"discord-token": "MTIz.abcdef.not-a-token-of-anybodys-bot-at-all"})
    condition = "condition=CredentialsVerified"
    await stage.kubectl.wait("bot/hello", f"{condition}=False")
    bot = await stage.kubectl.get("bot", "hello")
    refused = bot["status"]["credentials"]["refused"]
    assert (refused["version"], refused["reason"]) == (str(bad), "CredentialRefused")
    assert "discord-token" in refused["message"]
    assert bot["status"]["credentials"]["version"] == str(good)
    await stage.ask("!ask who", expect="me")

    await stage.used(stage.write_credentials())
    await stage.kubectl.wait("bot/hello", f"{condition}=True")
    events = await stage.kubectl.items("events.events.k8s.io")
    refusals = [event for event in events if event["reason"] == "CredentialRefused"]
    assert len(refusals) == 1
    assert "refused" not in (await stage.kubectl.get("bot", "hello"))["status"]["credentials"]


@pytest.mark.partly("CP-14", lacks="the Discord token only; all three are in test_vendor_keys.py")
async def test_a_request_to_rotate_takes_the_credentials_anew(stage: Stage) -> None:
    await stage.start_bot(credentials={**on_vault(stage), "refreshInterval": "1h"})
    before = await pods(stage)
    first = (await stage.kubectl.get("bot", "hello"))["status"]["credentials"]["digest"]
    await stage.kubectl.patch("bot/hello", {"spec": {"credentials": {"rotate": "now"}}})
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.credentials.rotate}=now")
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.credentials.usedBy}=1")
    assert (await stage.kubectl.get("bot", "hello"))["status"]["credentials"]["digest"] != first
    assert await pods(stage) == before


@pytest.mark.req("CP-40", "CP-41")
async def test_prompts_limits_and_flags_are_swapped_in_the_running_pods(stage: Stage) -> None:
    def told(ask: Ask) -> Reply:
        return Reply(text=f"{ask.system.split(';')[0]}, {len(ask.earlier_user_texts)} before")

    stage.models.control.on("who", told)
    await stage.start_bot(instructions="first;")
    await stage.ask("!ask who", expect="first, 0 before")
    await stage.ask("!ask who again", expect="first, 1 before")
    before = await pods(stage)

    await stage.kubectl.patch("bot/hello", {"spec": {"instructions": "second;", "flags": {"memory": False}}})
    await stage.ask_until("!ask who", expect="second, 0 before")
    await stage.kubectl.patch("bot/hello", {"spec": {"limits": {"messagesPerUser": 1}}})
    # Of the last minute's questions there are more than one.
    await stage.ask_until("!ask who", expect="faster than I can answer")
    assert await pods(stage) == before


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
    operator = ("-n", "botpod-system", "-l", "app.kubernetes.io/component=operator", "--tail=-1")
    shown.append(await stage.kubectl("logs", *operator))
    # What is searched for would be found: all tell of this bot, its own log of what it did.
    bots_log = shown[-2]
    assert [stage.namespace in text for text in shown if text is not bots_log] == [True] * 3
    assert "A request is done." in bots_log
    for text in shown:
        assert stage.discord.token not in text
        assert "sk-test-of-the-stage" not in text
