"""What somebody does to a bot's children by hand: what is ours comes back, what isn't is left alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from eventually import patiently
from world import STATE

if TYPE_CHECKING:
    from world import Object, World

SECONDS = 2.0
BY_HTTP: Object = {"delivery": "Interactions"}
HOST: Object = {"host": "bots.example.com"}
LABEL = "app.kubernetes.io/managed-by"
EDITS: dict[str, Object] = {
    "serviceaccount": {"automountServiceAccountToken": True},
    "configmap": {"data": {"config.yaml": "broken"}},
    "service": {"spec": {"selector": {"botpod.dev/bot": "other"}}},
    "networkpolicy": {"spec": {"egress": [{}]}},
    "poddisruptionbudget": {"spec": {"maxUnavailable": 5}},
    "deployment": {"spec": {"replicas": 7}},
    "horizontalpodautoscaler": {"spec": {"maxReplicas": 9}},
    "ingress": {"spec": {"rules": [{"host": "theirs.example.com"}]}},
}
"""A change by hand of what we own, for each watched kind."""

FOREIGN: dict[str, Object] = {
    "service": {"apiVersion": "v1", "spec": {"ports": [{"port": 1}]}},
    "networkpolicy": {"apiVersion": "networking.k8s.io/v1", "spec": {"podSelector": {}}},
    "poddisruptionbudget": {"apiVersion": "policy/v1", "spec": {"maxUnavailable": 1}},
    "horizontalpodautoscaler": {
        "apiVersion": "autoscaling/v2",
        "spec": {
            "maxReplicas": 2,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "theirs"},
        },
    },
    "ingress": {
        "apiVersion": "networking.k8s.io/v1",
        "spec": {"defaultBackend": {"service": {"name": "theirs", "port": {"number": 80}}}},
    },
    "persistentvolumeclaim": {
        "apiVersion": "v1",
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
    },
    "deployment": {
        "apiVersion": "apps/v1",
        "spec": {
            "selector": {"matchLabels": {"app": "theirs"}},
            "template": {
                "metadata": {"labels": {"app": "theirs"}},
                "spec": {"containers": [{"name": "theirs", "image": "registry.invalid/theirs"}]},
            },
        },
    },
}
"""Objects of other people; ConfigMap, Secret and ServiceAccount are in test_children."""
NAMES = {
    "service": "Service",
    "networkpolicy": "NetworkPolicy",
    "poddisruptionbudget": "PodDisruptionBudget",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "ingress": "Ingress",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "deployment": "Deployment",
}


def _started(world: World) -> None:
    world.botclass(state=STATE, interactions=HOST)
    world.credentials()
    world.bot(autoscaling={"maxReplicas": 3}, discord=BY_HTTP)
    world.eventually("horizontalpodautoscaler", "bot-hello", lambda _: True)
    world.condition("Accepted", reason="Accepted")


def _ours(live: Object | None) -> Any:
    """Return everything in an object but what the API server and its controllers keep there."""
    assert live
    metadata = {key: live["metadata"].get(key) for key in ("labels", "annotations", "ownerReferences")}
    return {**live, "metadata": metadata, "status": None}


def _patch(world: World, kind: str, change: Object) -> None:
    text = json.dumps(change)
    world.cluster.kubectl("patch", kind, "bot-hello", "-n", world.namespace, "--type=merge", "-p", text)


def test_every_kind_comes_back_and_foreign_fields_stay(world: World) -> None:
    _started(world)
    for kind, change in EDITS.items():
        _patch(world, kind, {"metadata": {"annotations": {"team": "blue"}, "labels": {"team": "blue"}}})
        before = _ours(world.get(kind))
        assert before["metadata"]["annotations"]["team"] == before["metadata"]["labels"]["team"] == "blue"
        _patch(world, kind, change)
        world.eventually(
            kind, "bot-hello", lambda live, before=before: _ours(live) == before, seconds=SECONDS
        )
        # Without this label no watch shows it any more.
        _patch(world, kind, {"metadata": {"labels": {LABEL: None}}})
        world.eventually(
            kind, "bot-hello", lambda live, before=before: _ours(live) == before, seconds=SECONDS
        )


def test_every_kind_is_made_anew_when_it_is_deleted(world: World) -> None:
    _started(world)
    for kind in EDITS:
        uid = (world.get(kind) or {})["metadata"]["uid"]
        world.cluster.kubectl("delete", kind, "bot-hello", "-n", world.namespace, "--wait=false")
        world.eventually(
            kind,
            "bot-hello",
            lambda live, uid=uid: live["metadata"]["uid"] != uid,
            seconds=SECONDS,
        )


def test_a_disk_that_was_edited_is_ours_again(world: World) -> None:
    """Only its labels can be edited; while a pod uses it, Kubernetes itself keeps it from being deleted."""
    world.botclass(state={"volume": {"size": "1Gi"}})
    world.credentials()
    world.bot()
    before = _ours(world.eventually("persistentvolumeclaim", "bot-hello", lambda _: True))
    world.condition("Accepted", reason="Accepted")
    _patch(world, "persistentvolumeclaim", {"metadata": {"labels": {LABEL: None, "team": "blue"}}})
    before["metadata"]["labels"]["team"] = "blue"
    world.eventually(
        "persistentvolumeclaim", "bot-hello", lambda live: _ours(live) == before, seconds=SECONDS
    )


@pytest.mark.parametrize("way", ["edited", "deleted"])
def test_a_secret_is_put_right_at_the_next_look(world: World, way: str) -> None:
    _started(world)
    before = (world.get("secret") or {})["data"]
    if way == "edited":
        _patch(world, "secret", {"stringData": {"discord-token": "by hand"}})
    else:
        world.cluster.kubectl("delete", "secret", "bot-hello", "-n", world.namespace)
    world.eventually("secret", "bot-hello", lambda live: live["data"] == before)


@pytest.mark.parametrize("kind", FOREIGN)
def test_an_object_of_somebody_else_is_not_touched(world: World, kind: str) -> None:
    theirs = {"kind": NAMES[kind], "metadata": {"name": "bot-hello", "namespace": world.namespace}}
    world.cluster.apply({**FOREIGN[kind], **theirs})
    before = world.get(kind)
    on_disk = kind == "persistentvolumeclaim"
    world.botclass(state={"volume": {"size": "1Gi"}} if on_disk else STATE, interactions=HOST)
    world.credentials()
    world.bot(autoscaling=None if on_disk else {"maxReplicas": 3}, discord=BY_HTTP)
    said = world.condition("Accepted", reason="NameTaken")
    assert f"There is a {NAMES[kind]} \"bot-hello\" that isn't this bot's" in said["message"]
    assert world.get(kind) == before
    # Nothing of the bot is there either: it begins only when it can be complete.
    assert world.get("serviceaccount") is None
    events = world.cluster.get("events", "-n", world.namespace)["items"]
    assert [event["type"] for event in events if event["reason"] == "NameTaken"] == ["Warning"]


def test_the_ingress_goes_when_the_bot_connects_by_itself_again(world: World) -> None:
    _started(world)
    world.eventually("ingress", "bot-hello", lambda _: True)
    world.bot(autoscaling={"maxReplicas": 3})
    patiently(lambda: world.get("ingress") is None, seconds=15)
