"""What happens to a bot when the world around it breaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from kubectl import KubectlFailed

if TYPE_CHECKING:
    from stage import Stage

OPERATOR = ("-n", "botpod-system", "-l", "app.kubernetes.io/component=operator")


@pytest.mark.req("CP-12", "AC-70")
@pytest.mark.partly("AC-68", "CP-11", lacks="one error only: no model answers")
async def test_a_model_that_is_down_gets_an_honest_reply_and_comes_back(stage: Stage) -> None:
    stage.models.control.on("there", "Here I am.")
    await stage.start_bot()

    stage.models.control.fail(503, times=None)
    sorry = await stage.ask("!ask are you there?", expect="model")
    assert "Here I am." not in sorry

    stage.models.control.heal()
    await stage.ask_until("!ask are you there now?", expect="Here I am.")


@pytest.mark.req("CL-04", "AC-07")
async def test_a_killed_pod_is_replaced_and_remembers(stage: Stage) -> None:
    stage.models.control.on("my name is Ada", "Noted.")
    await stage.start_bot()
    await stage.ask("!ask my name is Ada", expect="Noted.")
    (pod,) = await stage.pods()

    await stage.kubectl("delete", "pod", pod["metadata"]["name"], "--force", "--grace-period=0")
    # Without a rule the stand-in lists what it was given of the conversation.
    stage.models.control.forget_rules()
    await stage.ask_until("!ask what did I say before?", expect="my name is Ada")
    assert (await stage.pods())[0]["metadata"]["name"] != pod["metadata"]["name"]


async def test_a_restarted_operator_restarts_no_bot_and_goes_on_working(stage: Stage) -> None:
    stage.models.control.on("still", "yes")
    await stage.start_bot()
    before = [pod["metadata"]["uid"] for pod in await stage.pods()]

    await stage.kubectl("delete", "pod", *OPERATOR)
    await stage.kubectl("wait", "pod", *OPERATOR, "--for=condition=Ready", "--timeout=60s")
    await stage.ask("!ask still there?", expect="yes")
    assert [pod["metadata"]["uid"] for pod in await stage.pods()] == before

    await stage.kubectl("scale", "bot/hello", "--replicas=2")
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.readyReplicas}=2")
    assert before[0] in [pod["metadata"]["uid"] for pod in await stage.pods()]


async def test_a_killed_leader_is_followed_by_the_other_and_no_bot_notices(stage: Stage) -> None:
    await stage.start_bot()
    (before,) = await stage.kubectl.items("pods", "-l", "botpod.dev/bot=hello")
    system = replace(stage.kubectl, namespace="botpod-system")
    leader = (await system.get("lease", "botpod-operator"))["spec"]["holderIdentity"]
    await system("delete", "pod", leader.rpartition("_")[0], "--force", "--grace-period=0")

    await stage.kubectl("scale", "bot/hello", "--replicas=2")
    await stage.kubectl.wait("bot/hello", "jsonpath={.status.readyReplicas}=2")
    assert (await system.get("lease", "botpod-operator"))["spec"]["holderIdentity"] != leader
    after = await stage.kubectl.items("pods", "-l", "botpod.dev/bot=hello")
    assert before["metadata"]["uid"] in {pod["metadata"]["uid"] for pod in after}
    await system.wait("deployment/botpod-operator", "jsonpath={.status.readyReplicas}=2")


async def test_a_class_in_use_can_not_be_deleted_and_the_refusal_names_its_bots(stage: Stage) -> None:
    await stage.start_bot()
    await stage.kubectl.wait(f"botclass/{stage.namespace}", "jsonpath={.status.users[0].count}=1")
    with pytest.raises(KubectlFailed, match=f"{stage.namespace}/hello"):
        await stage.kubectl("delete", "botclass", stage.namespace)
    await stage.kubectl("delete", "bot/hello")

    async def free() -> bool:
        found = await stage.kubectl.get("botclass", stage.namespace)
        return not found.get("status", {}).get("users")

    await eventually(free, seconds=60)
    await stage.kubectl("delete", "botclass", stage.namespace)
    await stage.apply_class()


async def test_a_child_removed_by_hand_comes_back(stage: Stage) -> None:
    await stage.start_bot()
    before = await stage.kubectl.get("service", "bot-hello")

    await stage.kubectl("delete", "service", "bot-hello")

    async def back() -> bool:
        services = await stage.kubectl.items("services")
        return any(one["metadata"]["uid"] != before["metadata"]["uid"] for one in services)

    await eventually(back, seconds=30, every=0.3)


@pytest.mark.req("CL-04", "CL-20")
async def test_a_bot_without_redis_and_postgresql_keeps_its_memory_on_a_volume(stage: Stage) -> None:
    await stage.apply_class(state={"volume": {"size": "64Mi"}})
    stage.models.control.on("my name is Ada", "Noted.")
    await stage.start_bot()
    await stage.ask("!ask my name is Ada", expect="Noted.")

    (pod,) = await stage.pods()
    await stage.kubectl("delete", "pod", pod["metadata"]["name"])
    stage.models.control.forget_rules()
    await stage.ask_until("!ask what did I say before?", expect="my name is Ada")

    await stage.kubectl("scale", "bot/hello", "--replicas=3")
    continuity = await stage.condition("Continuity")
    assert continuity["status"] == "False"
    assert "state.redis" in continuity["message"]
    assert len(await stage.pods()) == 1
