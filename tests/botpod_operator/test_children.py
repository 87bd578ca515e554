"""A BotInstance and its children on a real API server: appear, follow, come back, go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from eventually import patiently
from world import STATE

if TYPE_CHECKING:
    from operatorprocess import OperatorProcess
    from world import World

MODEL = {"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}
KINDS = (
    "serviceaccount",
    "configmap",
    "secret",
    "service",
    "networkpolicy",
    "poddisruptionbudget",
    "deployment",
    "horizontalpodautoscaler",
)


def _template(deployment: dict[str, Any]) -> dict[str, Any]:
    template: dict[str, Any] = deployment["spec"]["template"]
    return template


def _versions(world: World) -> dict[str, str]:
    return {kind: (world.get(kind) or {})["metadata"]["resourceVersion"] for kind in KINDS}


def _settled(world: World) -> dict[str, str]:
    """Return the children's versions once they stop moving."""
    world.eventually("horizontalpodautoscaler", "bot-hello", lambda _: True)
    world.condition("Accepted", reason="Accepted")
    return _versions(world)


@pytest.mark.partly("CP-75", lacks="the HorizontalPodAutoscaler is there; nothing is scaled by it")
@pytest.mark.partly("CP-76", lacks="the budget is there; nothing is drained")
def test_one_apply_makes_all_children(world: World) -> None:
    world.botclass(state=STATE)
    world.credentials(openai_api_key="sk-1")
    world.bot(models=[MODEL], replicas=2, autoscaling={"minReplicas": 2, "maxReplicas": 5})
    _settled(world)
    bot = world.get("botinstance", "hello")
    assert bot is not None
    for kind in KINDS:
        child = world.get(kind)
        assert child is not None, kind
        owner = child["metadata"]["ownerReferences"][0]
        assert (owner["kind"], owner["uid"], owner["controller"]) == (
            "BotInstance",
            bot["metadata"]["uid"],
            True,
        )
        assert child["metadata"]["labels"]["botpod.dev/bot"] == "hello"
        assert child["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "botpod-operator"
    autoscaler = world.get("horizontalpodautoscaler") or {}
    assert autoscaler["spec"]["scaleTargetRef"] == {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotInstance",
        "name": "hello",
    }
    deployment = world.get("deployment") or {}
    assert deployment["spec"]["replicas"] == 2
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_an_edit_reaches_the_children_and_rolls_the_pods(world: World) -> None:
    world.botclass()
    world.credentials(openai_api_key="sk-1")
    world.bot(models=[MODEL], image="registry.invalid/bot:1")
    first = world.eventually("deployment", "bot-hello", lambda _: True)
    world.bot(models=[{**MODEL, "model": "gpt-5"}], image="registry.invalid/bot:2")

    def edited(deployment: dict[str, Any]) -> bool:
        return bool(_template(deployment)["spec"]["containers"][0]["image"] == "registry.invalid/bot:2")

    second = world.eventually("deployment", "bot-hello", edited)
    digest = "botpod.dev/config-digest"
    assert (
        _template(first)["metadata"]["annotations"][digest]
        != _template(second)["metadata"]["annotations"][digest]
    )
    config = yaml.safe_load((world.get("configmap") or {})["data"]["config.yaml"])
    assert [model["model"] for model in config["models"]] == ["gpt-5"]


def test_replicas_follow_the_scale_subresource_and_nothing_rolls(world: World) -> None:
    world.botclass(state=STATE)
    world.credentials()
    world.bot()
    first = world.eventually("deployment", "bot-hello", lambda _: True)
    world.cluster.kubectl("scale", "bot/hello", "--replicas=3", "-n", world.namespace)
    second = world.eventually("deployment", "bot-hello", lambda found: found["spec"]["replicas"] == 3)
    assert _template(first) == _template(second)
    bot = world.get("botinstance", "hello") or {}
    assert bot["spec"]["replicas"] == 3
    assert {
        entry["manager"] for entry in bot["metadata"]["managedFields"] if "f:spec" in entry["fieldsV1"]
    } == {
        "kubectl-client-side-apply",
        "kubectl",
    }


def test_suspend_stops_the_pods_and_keeps_the_rest(world: World) -> None:
    world.botclass(state=STATE)
    world.credentials()
    world.bot(autoscaling={"maxReplicas": 5}, replicas=3)
    world.eventually("deployment", "bot-hello", lambda found: found["spec"]["replicas"] == 3)
    world.pods(3)
    world.condition("Ready", reason="Serving")
    kept = [kind for kind in KINDS if kind != "deployment"]
    before = {kind: (world.get(kind) or {})["metadata"] for kind in kept}
    world.bot(autoscaling={"maxReplicas": 5}, replicas=3, suspend=True)
    world.eventually("deployment", "bot-hello", lambda found: found["spec"]["replicas"] == 0)
    world.pods(0)
    assert world.condition("Ready", reason="Suspended")["message"].startswith("spec.suspend is true")
    # Everything else is the same object in the same version; what was asked for stands in the spec.
    assert {kind: (world.get(kind) or {})["metadata"] for kind in kept} == before
    bot = world.get("botinstance", "hello") or {}
    assert bot["spec"]["replicas"] == 3
    assert bot["status"]["credentials"]["version"] == "1"
    world.bot(autoscaling={"maxReplicas": 5}, replicas=3)
    world.eventually("deployment", "bot-hello", lambda found: found["spec"]["replicas"] == 3)


def test_without_redis_one_pod_runs_and_the_status_says_why(world: World) -> None:
    world.botclass()
    world.credentials()
    world.bot(replicas=3)
    deployment = world.eventually("deployment", "bot-hello", lambda _: True)
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    said = world.condition("Continuity", reason="NoRedis")
    assert said["status"] == "False"
    assert said["message"].startswith("replicas is 3, but only one pod runs.")


def test_what_is_no_longer_wanted_goes(world: World) -> None:
    world.botclass(state=STATE)
    world.credentials()
    world.bot(autoscaling={"maxReplicas": 3})
    world.eventually("horizontalpodautoscaler", "bot-hello", lambda _: True)
    world.bot()  # kubectl apply takes the field out again
    patiently(lambda: world.get("horizontalpodautoscaler") is None, seconds=15)
    assert world.get("deployment") is not None


def test_a_disk_is_made_for_sqlite_and_outlives_a_change_of_class(world: World) -> None:
    world.botclass(state={"volume": {"size": "1Gi"}})
    world.credentials()
    world.bot()
    deployment = world.eventually("deployment", "bot-hello", lambda _: True)
    volumes = {volume["name"]: volume for volume in _template(deployment)["spec"]["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"] == {"claimName": "bot-hello"}
    world.botclass(state=STATE)
    world.eventually(
        "deployment",
        "bot-hello",
        lambda found: found["spec"]["strategy"]["type"] == "RollingUpdate",
    )
    world.condition("Continuity", reason="SharedState")
    assert world.get("persistentvolumeclaim") is not None


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("deployment", '{"spec":{"replicas":7}}'),
        ("configmap", '{"data":{"config.yaml":"broken"}}'),
        ("service", '{"spec":{"selector":{"botpod.dev/bot":"other"}}}'),
        ("networkpolicy", '{"spec":{"egress":[{}]}}'),
    ],
)
def test_an_edit_by_hand_is_undone(world: World, kind: str, patch: str) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    world.condition("Accepted", reason="Accepted")
    before = (world.get(kind) or {}).get("spec"), (world.get(kind) or {}).get("data")
    world.cluster.kubectl("patch", kind, "bot-hello", "-n", world.namespace, "--type=merge", "-p", patch)
    world.eventually(
        kind, "bot-hello", lambda found: (found.get("spec"), found.get("data")) == before, seconds=2
    )


def test_a_deleted_child_comes_back_and_a_foreign_field_stays(world: World) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    world.condition("Accepted", reason="Accepted")
    world.cluster.kubectl("annotate", "service", "bot-hello", "team=blue", "-n", world.namespace)
    world.cluster.kubectl("delete", "configmap", "bot-hello", "-n", world.namespace)
    world.eventually("configmap", "bot-hello", lambda _: True, seconds=2)
    assert (world.get("service") or {})["metadata"]["annotations"]["team"] == "blue"


@pytest.mark.parametrize("kind", ["configmap", "secret", "serviceaccount"])
def test_somebody_elses_object_is_never_touched(world: World, kind: str) -> None:
    create = ["create", kind, *(["generic"] if kind == "secret" else []), "bot-hello"]
    literal = [] if kind == "serviceaccount" else ["--from-literal=whose=mine"]
    world.cluster.kubectl(*create, *literal, "-n", world.namespace)
    before = (world.get(kind) or {})["metadata"]["resourceVersion"]
    world.botclass()
    world.credentials()
    world.bot()
    said = world.condition("Accepted", reason="NameTaken")
    assert "that isn't this bot's and is left alone; name the bot or that" in said["message"]
    assert "delete" not in said["message"]  # what is in it may be all there is of it
    assert (world.get(kind) or {})["metadata"]["resourceVersion"] == before
    assert world.get("deployment") is None
    events = world.cluster.get("events", "-n", world.namespace)["items"]
    assert [event["type"] for event in events if event["reason"] == "NameTaken"] == ["Warning"]
    world.cluster.kubectl("delete", kind, "bot-hello", "-n", world.namespace)
    world.eventually("deployment", "bot-hello", lambda _: True)


def test_a_steady_state_writes_nothing(world: World, operator: OperatorProcess) -> None:
    world.botclass(state=STATE)
    world.credentials(openai_api_key="sk-1")
    world.bot(models=[MODEL], autoscaling={"maxReplicas": 3})
    before = _settled(world)
    written = len(_written(world))
    for _ in range(2):
        _wait_for_a_look_at_credentials(operator)
    assert _versions(world) == before
    assert len(_written(world)) == written


def test_a_deleted_bot_is_forgotten_and_a_new_one_of_its_name_waits_for_the_old_children(
    world: World,
) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    old = world.eventually("deployment", "bot-hello", lambda _: True)["metadata"]["uid"]
    # Without a controller manager nobody collects the children, as in a slow cluster.
    world.cluster.kubectl("delete", "bot", "hello", "-n", world.namespace)
    world.bot()
    assert "earlier bot" in world.condition("Accepted", reason="Waiting")["message"]
    for kind in KINDS:
        world.cluster.kubectl("delete", kind, "bot-hello", "-n", world.namespace, "--ignore-not-found")
    new = world.eventually(
        "deployment", "bot-hello", lambda found: found["metadata"]["uid"] != old, seconds=25
    )
    bot = world.get("botinstance", "hello") or {}
    assert new["metadata"]["ownerReferences"][0]["uid"] == bot["metadata"]["uid"]
    assert world.condition("Accepted", reason="Accepted")["status"] == "True"


def _wait_for_a_look_at_credentials(operator: OperatorProcess) -> None:
    """Wait until one has ended; in a steady state nothing else reads from the API server."""
    reads, looks = _reads(operator), _looks(operator)
    patiently(lambda: _reads(operator) > reads and _looks(operator) > looks, seconds=30)


def _reads(operator: OperatorProcess) -> float:
    return _total(operator, 'botpod_operator_api_calls_total{code="200",method="GET"}')


def _looks(operator: OperatorProcess) -> float:
    return _total(operator, "botpod_operator_reconciles_total{")


def _total(operator: OperatorProcess, series: str) -> float:
    lines = operator.metrics().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(series))


def _written(world: World) -> list[dict[str, Any]]:
    return [
        event
        for event in world.cluster.writes("botpod-operator")
        if event["objectRef"].get("namespace") == world.namespace
        # Asking for a token is a POST that stores nothing.
        and event["objectRef"].get("subresource") != "token"
    ]
