"""What people and tools read in a BotInstance's status, on a real API server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from apiserver import Refused
from operatorprocess import operator_process
from world import STATE, conditions

from botpod_operator.effective import INSTRUCTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from world import World

OWN = {"labelSelector": {"matchLabels": {"botpod.dev/bot": "hello"}}}
"""A term of affinity that may be there, but for what it lacks."""
TYPES = [
    "Ready",
    "Accepted",
    "CredentialsVerified",
    "Isolated",
    "Applied",
    "Available",
    "Progressing",
    "Continuity",
]


def test_every_condition_is_there_from_the_first_visit(world: World) -> None:
    world.bot(className="nowhere")
    said = world.condition("Accepted", reason="ClassNotFound")
    assert said["message"] == (
        'spec.className: there is no BotClass "nowhere"; create it or name one that `kubectl get botclasses` '
        "lists."
    )
    bot = world.get("botinstance", "hello") or {}
    assert [condition["type"] for condition in bot["status"]["conditions"]] == TYPES
    assert {c["observedGeneration"] for c in bot["status"]["conditions"]} == {1}
    assert bot["status"]["observedGeneration"] == 1
    assert conditions(bot)["CredentialsVerified"]["status"] == "Unknown"
    assert conditions(bot)["Ready"]["status"] == "False"


def test_ready_once_a_pod_is_and_the_columns_show_it(world: World) -> None:
    world.botclass(state=STATE)
    world.credentials(openai_api_key="sk-1")
    world.bot(replicas=2, models=[{"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}])
    world.condition("Ready", reason="Starting")
    world.pods(2)
    world.cluster.kubectl(
        "wait", "--for=condition=Ready", "bot/hello", "-n", world.namespace, "--timeout=10s"
    )
    assert world.condition("Progressing", reason="UpToDate")["status"] == "False"
    header, row = world.cluster.kubectl("get", "bot", "-n", world.namespace).splitlines()
    assert header.split() == ["NAME", "READY", "REASON", "UP", "DESIRED", "MODEL", "CLASS", "AGE"]
    model = "main=OpenAI/gpt-5-mini"
    assert row.split()[:7] == ["hello", "True", "Serving", "2", "2", model, world.namespace]
    wide = world.cluster.kubectl("get", "bot", "-n", world.namespace, "-o", "wide")
    assert "2 of 2 pods available." in wide
    path = f"/apis/botpod.dev/v1alpha1/namespaces/{world.namespace}/botinstances/hello/scale"
    scale = json.loads(world.cluster.kubectl("get", "--raw", path))
    assert scale["spec"] == {"replicas": 2}
    assert scale["status"] == {"replicas": 2, "selector": "botpod.dev/bot=hello"}


def test_the_status_shows_what_is_in_force_and_where_each_value_comes_from(world: World) -> None:
    model = {"name": "main", "provider": "Anthropic", "model": "claude-haiku-4-5"}
    of_class = {"models": [model], "limits": {"messagesPerUser": 5}, "flags": {"memory": True}}
    world.botclass(state=STATE, defaults=of_class)
    world.credentials(anthropic_api_key="k")
    world.bot(commandPrefix="?", flags={"streaming": False}, logging={"levels": {"nextcord": "WARNING"}})
    bot = world.eventually("botinstance", "hello", lambda found: "effective" in found.get("status", {}))
    assert bot["status"]["effective"] == {
        "className": world.namespace,
        "classGeneration": 1,
        "image": "registry.invalid/bot:1",
        "replicas": 1,
        "delivery": "Gateway",
        "shards": "Auto",
        "models": ["main=Anthropic/claude-haiku-4-5"],
        "skills": ["chat"],
        "instructions": INSTRUCTIONS[:99] + "…",
        "commandPrefix": "?",
        "state": "Redis+PostgreSQL",
        "limits": {
            "messagesPerUser": 5,
            "windowSeconds": 60,
            "maxInputCharacters": 4000,
            "concurrentPerUser": 2,
            "concurrentPerChannel": 4,
            "concurrent": 64,
        },
        "flags": {"memory": True, "streaming": False},
        "logging": {"level": "INFO", "levels": {"nextcord": "WARNING"}},
        "resources": {"requests": {"cpu": "50m", "memory": "192Mi"}, "limits": {"memory": "512Mi"}},
        "sources": {
            "image": "BotClass",
            "replicas": "BotInstance",
            "delivery": "BuiltIn",
            "shards": "BuiltIn",
            "models": "BotClass",
            "skills": "BuiltIn",
            "instructions": "BuiltIn",
            "commandPrefix": "BotInstance",
            "state": "BotClass",
            "limits.messagesPerUser": "BotClass",
            "limits.windowSeconds": "BuiltIn",
            "limits.maxInputCharacters": "BuiltIn",
            "limits.concurrentPerUser": "BuiltIn",
            "limits.concurrentPerChannel": "BuiltIn",
            "limits.concurrent": "BuiltIn",
            "flags.memory": "BotClass",
            "flags.streaming": "BotInstance",
            "logging.level": "BuiltIn",
            "logging.levels.nextcord": "BotInstance",
            "resources": "BuiltIn",
        },
    }


@pytest.mark.parametrize(
    ("spec", "reason", "sentence"),
    [
        (
            {"skills": [{"name": "dance"}]},
            "UnknownSkill",
            'has no skill "dance"; it has chat.',
        ),
        (
            {"models": [{"name": "main", "provider": "AzureOpenAI", "model": "x"}]},
            "ProviderNotConfigured",
            'model "main" needs providers.azureOpenAI.baseUrl in BotClass',
        ),
    ],
)
def test_what_only_the_operator_can_judge_touches_nothing(
    world: World, spec: dict[str, object], reason: str, sentence: str
) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    before = world.eventually("deployment", "bot-hello", lambda _: True)
    world.pods(1)
    world.condition("Ready", reason="Serving")
    waiting = ["bot/hello", "-n", world.namespace, "--timeout=1s", "--for=condition=Progressing=False"]
    world.cluster.kubectl("wait", *waiting)
    world.bot(image="registry.invalid/bot:9", **spec)
    said = world.condition("Accepted", reason=reason)
    # The pods are up to date with the old generation, and nobody is told that of the new one.
    with pytest.raises(Refused, match="timed out"):
        world.cluster.kubectl("wait", *waiting)
    assert sentence in said["message"]
    assert world.condition("Ready", reason=reason)["status"] == "False"
    after = world.get("deployment") or {}
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    events = world.cluster.get("events", "-n", world.namespace)["items"]
    assert [event["message"] for event in events if event["reason"] == reason] == [said["message"]]


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (
            {
                "autoscaling": {
                    "maxReplicas": 3,
                    "metrics": [{"type": "External", "external": {"metric": {"name": "queue"}}}],
                }
            },
            "The API server refused the HorizontalPodAutoscaler: ",
        ),
        # The API server says 500 to a field that it doesn't know.
        (
            {"autoscaling": {"maxReplicas": 3, "behavior": {"scaleUp": {"sideways": 1}}}},
            ".spec.behavior.scaleUp.sideways: field not declared in schema",
        ),
        (
            {
                "pod": {
                    "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [OWN]}}
                }
            },
            ".podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value",
        ),
    ],
)
def test_what_the_api_server_refuses_of_a_child_is_said(
    world: World, spec: dict[str, object], sentence: str
) -> None:
    world.botclass(state=STATE)
    world.credentials()
    world.bot(**spec)
    said = world.condition("Applied", reason="ChildRefused")
    assert sentence in said["message"]
    assert world.condition("Accepted", reason="Accepted")["status"] == "True"
    world.bot()
    world.condition("Applied", reason="Applied")


def test_a_class_that_appears_or_changes_reaches_its_bots(world: World) -> None:
    world.credentials()
    world.bot()
    world.condition("Accepted", reason="ClassNotFound")
    world.botclass()
    world.eventually("deployment", "bot-hello", lambda _: True)
    world.botclass(image="registry.invalid/bot:2")
    world.eventually(
        "deployment",
        "bot-hello",
        lambda found: found["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":2"),
    )
    shown = world.eventually(
        "botinstance", "hello", lambda bot: bot["status"]["effective"]["classGeneration"] == 2
    )
    assert shown["status"]["effective"]["image"] == "registry.invalid/bot:2"


def test_a_second_operator_finds_everything_right_and_writes_nothing(world: World, tmp_path: Path) -> None:
    """As after a restart, and as when two act for a moment."""
    world.botclass(state=STATE)
    world.credentials()
    queue = {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "1000m"}}
    scaling = {"metrics": [{"type": "External", "external": queue}], "behavior": {"scaleUp": {}}}
    world.bot(autoscaling={"maxReplicas": 3, **scaling})
    world.eventually("horizontalpodautoscaler", "bot-hello", lambda _: True)
    world.pods(1)
    world.condition("Ready", reason="Serving")
    before = _children_and_status(world)
    config = {
        "namespace": world.own_namespace,
        "watch": {"namespaces": [world.namespace]},
        "logging": {"level": "DEBUG"},
    }
    with operator_process(tmp_path, kubeconfig=world.cluster.kubeconfig, config=config) as second:
        # More than the first: nothing may come of the later ones either.
        second.looked_at(3)
        (identity,) = [line["identity"] for line in second.lines() if line["message"] == "started"]
        writes = [
            event["objectRef"]
            for event in world.cluster.writes(f"botpod-operator ({identity})")
            # It logs in to Vault with a token of the bot's, which changes nothing.
            if event["objectRef"].get("subresource") != "token"
        ]
        assert [what for what in writes if what.get("namespace") == world.namespace] == []
    assert _children_and_status(world) == before


def _children_and_status(world: World) -> str:
    kinds = "deployment,configmap,secret,serviceaccount,service,networkpolicy,pdb,hpa,bot"
    return world.cluster.kubectl("get", kinds, "-n", world.namespace, "-o", "yaml", "--show-managed-fields")
