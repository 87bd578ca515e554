"""Whatever a reconcile fails with is in the status within seconds, and gone from it when it is over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from world import World, conditions

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 10.0


def _webhook(world: World, *, resources: list[str]) -> dict[str, Any]:
    """Return a webhook that can't be reached, as after an installation that broke."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"broken-{world.namespace}"},
        "webhooks": [
            {
                "name": "broken.example.com",
                "clientConfig": {"url": "https://127.0.0.1:1/"},
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "timeoutSeconds": 1,
                "admissionReviewVersions": ["v1"],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}},
                "rules": [
                    {
                        "apiGroups": ["*"],
                        "apiVersions": ["*"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": resources,
                    }
                ],
            }
        ],
    }


@pytest.fixture
def broken(world: World) -> Iterator[None]:
    """ConfigMaps can't be written in the namespace until the webhook is deleted."""
    world.cluster.apply(_webhook(world, resources=["configmaps"]))
    yield
    world.cluster.kubectl(
        *("delete", "validatingwebhookconfiguration", f"broken-{world.namespace}", "--ignore-not-found")
    )


@pytest.mark.usefixtures("broken")
def test_what_fails_for_now_is_told_by_type_and_text_and_over_when_it_is(world: World) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    said = world.condition("Applied", reason="ReconcileFailed", seconds=SECONDS)
    assert said["status"] == "False"
    assert said["message"].startswith("Not done yet: the ConfigMap. Transient: ")
    assert 'failed calling webhook "broken.example.com"' in said["message"]
    told = conditions(world.get("botinstance", "hello") or {})
    assert (told["Ready"]["status"], told["Ready"]["reason"]) == ("False", "ReconcileFailed")
    assert told["Accepted"]["status"] == "True"
    assert world.get("service") is not None  # the others don't wait for it
    assert world.get("deployment") is None  # the pods do
    events = world.cluster.get("events", "-n", world.namespace)["items"]
    assert [one["type"] for one in events if one["reason"] == "ReconcileFailed"] == ["Warning"]
    world.cluster.kubectl("delete", "validatingwebhookconfiguration", f"broken-{world.namespace}")
    assert world.condition("Applied", reason="Applied", seconds=65)["status"] == "True"
    assert world.condition("Ready", reason="Starting")["status"] == "False"


def test_what_fails_takes_nothing_from_a_bot_that_serves(world: World) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    world.pods(1)
    world.condition("Ready", reason="Serving")
    world.cluster.apply(_webhook(world, resources=["configmaps"]))
    try:
        # The class, so that the bot's generation stays: a bot that was edited isn't what it shall be.
        world.botclass(defaults={"instructions": "Be brief."})
        world.condition("Applied", reason="ReconcileFailed", seconds=SECONDS)
        told = conditions(world.get("botinstance", "hello") or {})
        assert [told[kind]["status"] for kind in ("Ready", "Available", "Reconciling")] == ["True"] * 3
        world.bot(instructions="Be briefer.")
        said = world.condition("Ready", reason="ReconcileFailed", seconds=65)
        assert said["status"] == "False"
        told = conditions(world.get("botinstance", "hello") or {})
        assert told["Available"]["status"] == "True"
    finally:
        world.cluster.kubectl("delete", "validatingwebhookconfiguration", f"broken-{world.namespace}")


def test_one_refused_child_keeps_neither_the_others_nor_the_truth_about_the_pods(world: World) -> None:
    world.botclass(state={"volume": {"size": "2Gi"}})
    world.credentials()
    world.bot()
    world.pods(1)
    world.condition("Ready", reason="Serving")
    world.botclass(state={"volume": {"size": "1Gi"}}, image="registry.invalid/bot:2")
    said = world.condition("Applied", reason="ChildRefused", seconds=SECONDS)
    assert "The API server refused the PersistentVolumeClaim: " in said["message"]
    deployment = world.eventually(
        "deployment",
        "bot-hello",
        lambda found: found["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":2"),
    )
    assert deployment["spec"]["replicas"] == 1
    world.pods(1)
    told = conditions(
        world.eventually("botinstance", "hello", lambda bot: "Stalled" in conditions(bot), seconds=SECONDS)
    )
    assert told["Stalled"]["reason"] == "ChildRefused"  # for Flux, Helm and the like
    ready, available = told["Ready"], told["Available"]
    assert (ready["status"], ready["reason"], available["status"]) == ("True", "Serving", "True"), json.dumps(
        told
    )
    world.botclass(state={"volume": {"size": "2Gi"}}, image="registry.invalid/bot:2")
    world.condition("Applied", reason="Applied")
