"""apply → a pod → an answer, and what an owner edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eventually import eventually

if TYPE_CHECKING:
    from stage import Stage

CHILDREN = (
    "configmap",
    "deployment",
    "networkpolicy",
    "poddisruptionbudget",
    "secret",
    "service",
    "serviceaccount",
)


@pytest.mark.req("CP-55", "CL-01", "AC-01", "AC-09", "AC-80", "CP-13")
async def test_a_short_manifest_becomes_a_bot_that_answers(stage: Stage) -> None:
    stage.models.control.on("capital of France", "Paris.")
    await stage.start_bot()

    await stage.ask(f"{stage.mention} What is the capital of France?", expect="Paris.")
    for kind in CHILDREN:
        owners = (await stage.kubectl.get(kind, "bot-hello"))["metadata"]["ownerReferences"]
        assert [(owner["kind"], owner["name"]) for owner in owners] == [("BotInstance", "hello")]


@pytest.mark.req("CL-02", "AC-13")
async def test_it_answers_the_prefix_the_slash_command_and_direct_messages(stage: Stage) -> None:
    stage.models.control.on("ping", "pong")
    await stage.start_bot()

    await stage.ask("!ask ping", expect="pong")
    await stage.ask_by_slash("ping", expect="pong")
    await stage.ask("ping", expect="pong", channel="@hello")


async def test_kubectl_lists_explains_and_describes_it(stage: Stage) -> None:
    await stage.start_bot()

    assert "Serving" in await stage.kubectl("get", "bot")
    assert "path" in await stage.kubectl("explain", "botinstance.spec.credentials.vault")
    described = await stage.kubectl("describe", "bot/hello")
    assert "1 of 1 pods available" in described
    assert stage.discord.token not in described


@pytest.mark.req("CP-41")
async def test_an_edited_model_reaches_the_pods(stage: Stage) -> None:
    stage.models.control.on("which", "the first", model="gpt-5-mini")
    stage.models.control.on("which", "the second", model="gpt-5")
    await stage.start_bot()
    await stage.ask("!ask which", expect="the first")

    await stage.patch_spec(models=[{"name": "main", "provider": "OpenAI", "model": "gpt-5"}])
    # A pod on its way out may answer once more.
    await stage.ask_until("!ask which now", expect="the second")


@pytest.mark.req("CP-37")
async def test_two_replicas_answer_once_each(stage: Stage) -> None:
    stage.models.control.on("count", "counted")
    await stage.start_bot()

    await stage.kubectl("scale", "bot/hello", "--replicas=2")
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.readyReplicas}=2")
    assert len(await stage.pods()) == 2

    for number in range(5):
        await stage.ask(f"!ask count {number}", expect="counted")
    await stage.quiet()
    assert len(stage.answers()) == 5

    names = {pod["metadata"]["name"] for pod in await stage.pods()}

    async def each_pod_has_its_part() -> bool:
        told = (await stage.kubectl.get("bot", "hello"))["status"].get("shards") or {"pods": []}
        return {pod["name"] for pod in told["pods"]} == names and told["owned"] == told["total"]

    await eventually(each_pod_has_its_part, seconds=60, every=1)


async def test_an_edited_image_reaches_the_pods_and_one_that_cannot_start_replaces_nothing(
    stage: Stage,
) -> None:
    stage.models.control.on("hello", "still here")
    await stage.start_bot()
    good = (await stage.kubectl.get("bot", "hello"))["status"]["effective"]["image"]

    await stage.kubectl.patch("bot/hello", {"spec": {"image": "localhost/botpod/none:0"}})
    await stage.kubectl.wait("bot/hello", "condition=Progressing")
    await stage.ask("!ask hello", expect="still here")

    await stage.patch_spec(image=good)
    images = {pod["spec"]["containers"][0]["image"] for pod in await stage.pods()}
    assert images == {good}


async def test_a_deleted_bot_takes_its_children_along(stage: Stage) -> None:
    await stage.start_bot()

    await stage.kubectl("delete", "bot/hello")
    for kind in CHILDREN:
        await stage.kubectl.wait(f"{kind}/bot-hello", "delete")
