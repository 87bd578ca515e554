"""``spec.replicas`` is whoever's edits it: an autoscaler's, a person's, GitOps'; never the operator's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from operatorprocess import operator_process
from replicas import our_hold, our_writes
from world import STATE

if TYPE_CHECKING:
    from pathlib import Path

    from world import World

SWINGS = 24


def _scale(world: World, replicas: int) -> None:
    """Write the scale subresource, as an HPA does."""
    scale = json.dumps({"spec": {"replicas": replicas}})
    world.cluster.kubectl(
        *("patch", "botinstance", "hello", "-n", world.namespace),
        *("--subresource=scale", "--type=merge", "-p", scale),
    )


@pytest.mark.req("CP-75")
def test_replicas_swing_with_operator_restarts_and_no_write_of_ours(world: World, tmp_path: Path) -> None:
    world.botclass(state=STATE)
    world.credentials()
    world.bot(autoscaling={"maxReplicas": 8})
    world.eventually("deployment", "bot-hello", lambda _: True)
    config = {"namespace": world.own_namespace, "watch": {"namespaces": [world.namespace]}}
    for swing in range(SWINGS):
        # A second operator comes and goes, as in an upgrade: its start must not undo a scaling.
        if swing % 6 == 3:
            with operator_process(tmp_path / str(swing), kubeconfig=world.cluster.kubeconfig, config=config):
                _swing(world, swing)
        else:
            _swing(world, swing)
    bot = world.get("botinstance", "hello") or {}
    assert not our_hold(bot)
    assert our_writes(world.cluster.writes(), namespace=world.namespace).keys() == {"status"}


def _swing(world: World, number: int) -> None:
    wanted = 1 + (number * 5) % 8
    _scale(world, wanted)
    world.eventually("deployment", "bot-hello", lambda found: found["spec"]["replicas"] == wanted)
    assert (world.get("botinstance", "hello") or {})["spec"]["replicas"] == wanted
