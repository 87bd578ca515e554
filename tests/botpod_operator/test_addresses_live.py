"""Only a bot that is called has an address of its own, in a cluster that has few."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from apiserver import api_server
from operatorprocess import operator_process
from samples import effective_bot
from world import World, conditions, install_crds

from botpod_operator.desired.service import service
from botpod_operator.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = {"secretRef": {"name": "mine"}}
CALLED = {"delivery": "Interactions"}
ADDRESSES = 5
"""What a /29 has for Services, beside Kubernetes' own."""


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[World]:
    """A namespace in a cluster with five addresses; an operator is the test's to start."""
    (tmp_path / "apiserver").mkdir()
    with api_server(tmp_path / "apiserver", services="10.0.0.0/29") as cluster:
        install_crds(cluster)
        cluster.kubectl("create", "namespace", "botpod-system")
        cluster.kubectl("create", "namespace", "crowd")
        cluster.kubectl(
            "create", "secret", "generic", "mine", "-n", "crowd", "--from-literal=discord-token=t"
        )
        world = World(cluster=cluster, vault=None, namespace="crowd", own_namespace="botpod-system")
        world.botclass(vault=None)
        yield world


@contextlib.contextmanager
def _operator(world: World, directory: Path) -> Iterator[None]:
    config = {"namespace": world.own_namespace, "watch": {"allNamespaces": True}}
    with operator_process(directory, kubeconfig=world.cluster.kubeconfig, config=config):
        yield


def _condition(world: World, name: str, kind: str) -> dict[str, Any]:
    found = world.eventually(
        "botinstance",
        name,
        lambda bot: conditions(bot).get(kind, {}).get("status") in ("True", "False"),
    )
    return conditions(found)[kind]


def test_a_range_of_addresses_that_is_full_is_told_by_every_bot_that_gets_none(
    crowded: World, tmp_path: Path
) -> None:
    names = [f"bot{number}" for number in range(ADDRESSES + 2)]
    with _operator(crowded, tmp_path / "operator"):
        for name in names:
            crowded.bot(name, credentials=SECRET, discord=CALLED)
        told = [_condition(crowded, name, "Applied") for name in names]  # none is without a word
        late = [one for one in told if one["reason"] == "ReconcileFailed"]
        assert len(late) == len(names) - ADDRESSES
        for one in late:
            assert "Not done yet: the Service. Transient:" in one["message"]
            assert "range is full" in one["message"]
        # The pods don't wait for it.
        assert all(crowded.get("deployment", f"bot-{name}") for name in names)


def test_bots_that_nobody_calls_need_no_address_and_those_of_before_give_theirs_back(
    crowded: World, tmp_path: Path
) -> None:
    names = [f"bot{number}" for number in range(ADDRESSES + 2)]
    for name in names:
        crowded.bot(name, credentials=SECRET)
    before = {name: _as_of_the_version_before(crowded, name)["metadata"]["uid"] for name in names[:ADDRESSES]}
    with _operator(crowded, tmp_path / "operator"):
        for name in names:
            assert _condition(crowded, name, "Applied")["reason"] == "Applied"
            live = crowded.get("service", f"bot-{name}") or {}
            assert live["spec"]["clusterIP"] == "None"
            assert live["metadata"]["uid"] != before.get(name)
            assert (crowded.get("deployment", f"bot-{name}") or {})["metadata"]["generation"] == 1
        crowded.bot("called", credentials=SECRET, discord=CALLED)
        assert _condition(crowded, "called", "Applied")["reason"] == "Applied"
        assert (crowded.get("service", "bot-called") or {})["spec"]["clusterIP"].startswith("10.0.0.")


def test_a_bot_that_is_to_be_called_gets_an_address_and_gives_it_back(world: World) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    world.eventually("service", "bot-hello", lambda live: live["spec"]["clusterIP"] == "None")
    world.bot(discord=CALLED)
    world.eventually("service", "bot-hello", lambda live: live["spec"]["clusterIP"].startswith("10."))
    world.bot()
    world.eventually("service", "bot-hello", lambda live: live["spec"]["clusterIP"] == "None")
    world.condition("Applied", reason="Applied")


def _as_of_the_version_before(world: World, name: str) -> dict[str, Any]:
    """Make the Service as the version before made it: with an address."""
    bot = world.get("botinstance", name) or {}
    identity = Identity(namespace=world.namespace, name=name, uid=bot["metadata"]["uid"])
    manifest = service(replace(effective_bot(), identity=identity))
    del manifest["spec"]["clusterIP"]
    world.cluster.kubectl(
        *("apply", "--server-side", "--field-manager=botpod-operator", "-f", "-"), stdin=json.dumps(manifest)
    )
    return world.get("service", f"bot-{name}") or {}
