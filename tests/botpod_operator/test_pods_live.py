"""What keeps pods from serving is in the bot's status, also while others serve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from world import STATE, conditions

if TYPE_CHECKING:
    from world import Object, World

SECONDS = 20.0
QUOTA = 'pods "bot-hello-5d-x" is forbidden: exceeded quota: small, requested: pods=1, limited: pods=1'
MISSING = (
    'Back-off pulling image "registry.invalid/bot:1": ErrImagePull: failed to pull and unpack image '
    '"registry.invalid/bot:1": failed to resolve reference: not found'
)


def _pod(world: World, name: str, **status: Any) -> None:
    """Make a pod of the Deployment and say of it what a scheduler and a kubelet would."""
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "bot-hello-5d",
        "uid": "00000000-0000-0000-0000-000000000000",
        "controller": True,
    }
    world.cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": world.namespace,
                "labels": {"botpod.dev/bot": "hello"},
                "ownerReferences": [owner],
            },
            "spec": {
                "automountServiceAccountToken": False,
                "serviceAccountName": "bot-hello",
                "containers": [{"name": "bot", "image": "registry.invalid/bot:1"}],
            },
        }
    )
    _say(world, "pod", name, {"phase": "Pending", **status})


def _say(world: World, kind: str, name: str, status: Object) -> None:
    change = json.dumps({"status": status})
    world.cluster.kubectl(
        *("patch", kind, name, "-n", world.namespace, "--subresource=status", "--type=merge", "-p", change)
    )


def _waiting(why: str, message: str = "", **last: Any) -> Object:
    said = {
        "name": "bot",
        "image": "registry.invalid/bot:1",
        "imageID": "",
        "ready": False,
        "restartCount": 3,
        "state": {"waiting": {"reason": why, "message": message}},
        "lastState": {"terminated": last} if last else {},
    }
    return {"containerStatuses": [said]}


UNSCHEDULABLE = {
    "conditions": [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient memory.",
        }
    ]
}


@pytest.mark.parametrize(
    ("said", "reason", "sentence"),
    [
        (
            _waiting("ImagePullBackOff", MISSING),
            "ImagePullBackOff",
            'ImagePullBackOff, the image "registry.invalid/bot:1" can\'t be pulled: failed to pull',
        ),
        (
            _waiting("CrashLoopBackOff", "back-off 20s restarting", exitCode=3, reason="Error"),
            "CrashLoopBackOff",
            '1 pod: CrashLoopBackOff in container "bot", which ended last with Error (exit code 3).',
        ),
        (
            _waiting("CrashLoopBackOff", "back-off 20s restarting", exitCode=137, reason="OOMKilled"),
            "CrashLoopBackOff",
            "ended last with OOMKilled: it needs more memory than its limit.",
        ),
        (
            UNSCHEDULABLE,
            "Unschedulable",
            "1 pod: Unschedulable: 0/3 nodes are available: 3 Insufficient memory.",
        ),
        (
            _waiting("CreateContainerConfigError", 'secret "theirs" not found'),
            "CreateContainerConfigError",
            '1 pod: CreateContainerConfigError in container "bot": secret "theirs" not found.',
        ),
    ],
)
def test_what_a_pod_waits_for_is_said_and_over_when_it_is(
    world: World, said: Object, reason: str, sentence: str
) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    world.pods(1, ready=0)
    world.condition("Ready", reason="Starting")
    _pod(world, "bot-hello-5d-a", **said)
    told = world.condition("Available", reason=reason, seconds=SECONDS)
    assert told["status"] == "False"
    assert sentence in told["message"]
    assert world.condition("Ready", reason=reason)["message"] == told["message"]
    world.pods(1)
    assert world.condition("Ready", reason="Serving")["message"] == "1 of 1 pods available."


def test_a_bot_that_serves_tells_of_the_new_pod_that_does_not_come(world: World) -> None:
    world.botclass(state=STATE)
    world.credentials()
    world.bot()
    world.pods(1)
    world.condition("Ready", reason="Serving")
    world.bot(image="registry.invalid/bot:2")
    deployment = world.eventually("deployment", "bot-hello", lambda live: live["metadata"]["generation"] == 2)
    counts = {"replicas": 2, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    generation = deployment["metadata"]["generation"]
    _say(world, "deployment", "bot-hello", {"observedGeneration": generation, **counts})
    _pod(world, "bot-hello-5d-a", **_waiting("ImagePullBackOff", MISSING))
    told = world.condition("Available", reason="PartlyAvailable", seconds=SECONDS)
    assert told["status"] == "True"
    assert "1 pod: ImagePullBackOff, the image" in told["message"]
    moving = world.condition("Progressing", reason="RollingOut")["message"]
    assert moving.startswith("1 of 1 pods are made anew, 1 of before is left; 1 of all 2 are available.")
    assert "ImagePullBackOff" in moving
    assert _events(world, "PartlyAvailable") == ["Warning"]


def test_refused_pods_are_not_solved_by_the_one_that_serves(world: World) -> None:
    world.botclass(state=STATE)
    world.credentials()
    world.bot(replicas=2)
    world.pods(2, ready=0)
    refused = [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": QUOTA}]
    counts = {"replicas": 0, "updatedReplicas": 0}
    _say(world, "deployment", "bot-hello", {**counts, "conditions": refused})
    world.condition("Available", reason="PodsRefused")
    counts = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    _say(world, "deployment", "bot-hello", {**counts, "conditions": refused})
    told = world.condition("Available", reason="PartlyAvailable")
    assert told["message"] == f"1 of 2 pods available. The API server refuses pods: {QUOTA}."
    assert conditions(world.get("botinstance", "hello") or {})["Ready"]["status"] == "True"
    assert _events(world, "AvailableAgain") == []
    _say(world, "deployment", "bot-hello", {"conditions": []})
    world.pods(2)
    world.condition("Available", reason="PodsAvailable")
    assert _events(world, "AvailableAgain") == ["Normal"]


def test_an_autoscaler_without_metrics_is_told(world: World) -> None:
    world.botclass(state=STATE)
    world.credentials()
    world.bot(autoscaling={"maxReplicas": 3})
    world.eventually("horizontalpodautoscaler", "bot-hello", lambda _: True)
    world.pods(1)
    world.condition("Ready", reason="Serving")
    failing = {
        "type": "ScalingActive",
        "status": "False",
        "reason": "FailedGetResourceMetric",
        "message": "the server could not find the requested resource (get pods.metrics.k8s.io)",
    }
    _say(world, "hpa", "bot-hello", {"conditions": [failing], "desiredReplicas": 1, "currentMetrics": []})

    def told(bot: Object) -> bool:
        said = conditions(bot)["Available"]["message"]
        return (
            f"The HorizontalPodAutoscaler doesn't scale: FailedGetResourceMetric: {failing['message']}"
            in said
        )

    world.eventually("botinstance", "hello", told)
    _say(world, "hpa", "bot-hello", {"conditions": [{**failing, "status": "True"}]})
    world.eventually("botinstance", "hello", lambda bot: not told(bot))


def _events(world: World, reason: str) -> list[str]:
    events = world.cluster.get("events", "-n", world.namespace)["items"]
    return [one["type"] for one in events if one["reason"] == reason]
