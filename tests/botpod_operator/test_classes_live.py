"""A class says who uses it, and one that is gone pulls nothing from under its bots; on a real API server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from eventually import patiently
from operatorprocess import operator_process
from world import STATE, WITHIN_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from world import World

KINDS = "deployment,configmap,secret,serviceaccount,service,networkpolicy,pdb"


def _class(world: World) -> dict[str, Any] | None:
    return world.cluster.read(f"/apis/botpod.dev/v1alpha1/botclasses/{world.namespace}")


def _users(world: World, fits: Callable[[list[dict[str, Any]]], object]) -> list[dict[str, Any]]:
    def look() -> list[list[dict[str, Any]]]:
        found = ((_class(world) or {}).get("status") or {}).get("users", [])
        return [found] if fits(found) else []

    return patiently(look, seconds=WITHIN_SECONDS)[0]


def _entry(world: World, *names: str) -> dict[str, Any]:
    examples = [f"{world.namespace}/{name}" for name in names]
    return {"operatorNamespace": world.own_namespace, "count": len(names), "examples": examples}


def test_a_class_says_who_uses_it_as_bots_come_and_go(world: World) -> None:
    world.botclass()
    world.credentials("one")
    world.bot("one")
    world.bot("two")
    _users(world, lambda found: found == [_entry(world, "one", "two")])
    world.bot("two", className="another")
    _users(world, lambda found: found == [_entry(world, "one")])
    world.cluster.kubectl("delete", "bot", "one", "-n", world.namespace)
    _users(world, lambda found: found == [])
    # None of that was a change of what bots get.
    assert (_class(world) or {})["metadata"]["generation"] == 1


def test_several_operators_write_their_own_entries_and_write_them_once(world: World, tmp_path: Path) -> None:
    world.botclass()
    world.bot()
    _users(world, lambda found: found == [_entry(world, "hello")])
    world.cluster.kubectl("create", "namespace", f"{world.namespace}-operator")
    config = {"namespace": f"{world.namespace}-operator", "watch": {"namespaces": [world.namespace]}}
    with operator_process(tmp_path, kubeconfig=world.cluster.kubeconfig, config=config):
        both = _users(world, lambda found: len(found) == 2)
    theirs = {**_entry(world, "hello"), "operatorNamespace": f"{world.namespace}-operator"}
    assert sorted(both, key=lambda entry: len(entry["operatorNamespace"])) == sorted(
        [_entry(world, "hello"), theirs], key=lambda entry: len(entry["operatorNamespace"])
    )
    writes = [
        event["user"]["username"]
        for event in world.cluster.writes("botpod-operator")
        if event["objectRef"].get("subresource") == "status"
        and event["objectRef"]["resource"] == "botclasses"
        and event["objectRef"]["name"] == world.namespace
    ]
    assert len(writes) == 2


def test_bots_run_on_when_their_class_is_gone_and_say_so(world: World) -> None:
    world.botclass(state=STATE)
    world.credentials()
    world.bot(replicas=2)
    world.pods(2)
    world.condition("Ready", reason="Serving")
    before = _children(world)
    world.cluster.kubectl("delete", "botclass", world.namespace)
    said = world.condition("Accepted", reason="ClassNotFound")
    assert f'there is no BotClass "{world.namespace}"' in said["message"]
    assert world.condition("Ready", reason="ClassNotFound")["status"] == "False"
    assert _children(world) == before
    shown = (world.get("botinstance", "hello") or {})["status"]
    assert (shown["readyReplicas"], shown["effective"]["className"]) == (2, world.namespace)
    # And it comes back as if nothing had been.
    world.botclass(state=STATE)
    world.condition("Ready", reason="Serving")
    assert _children(world) == before


def _children(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        world.cluster.kubectl("get", KINDS, "-n", world.namespace, "-o", "json")
    )["items"]
    return found
