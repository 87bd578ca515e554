"""Two that act at once, as for a moment at a hand-over, only for longer: no harm, and an end."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from apiserver import api_server
from eventually import patiently
from pair import TEAM, Ground, idle, looks
from world import install_crds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operatorprocess import OperatorProcess

NAMES = [f"bot-{number}" for number in range(4)]


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with api_server(tmp_path) as server:
        install_crds(server)
        ground = Ground(server=server)
        ground.prepare()
        yield ground


def _made(ground: Ground, prefix: str) -> None:
    ground.bots(*(f"{prefix}-{name}" for name in NAMES))
    for name in NAMES:
        ground.reconciled(f"{prefix}-{name}")


def _settled(ground: Ground, *operators: OperatorProcess) -> int:
    """Wait until every operator looked at things again and none wrote anything; return the writes."""
    for _ in range(10):
        writes, seen = len(ground.writes()), [looks(operator) for operator in operators]
        # An edit that is nothing to the pods makes every operator look at every bot.
        ground.touch_class()
        for operator, before in zip(operators, seen, strict=True):
            patiently(lambda one=operator, before=before: looks(one) > before and idle(one))
        if len(ground.writes()) == writes:
            return writes
    raise AssertionError("they never stop writing")


@pytest.mark.timeout(300)
def test_two_that_act_at_once_end_where_one_does(ground: Ground, tmp_path: Path) -> None:
    with ground.operator(tmp_path, "one", elects=False) as only:
        _made(ground, "one")
        by_one = _settled(ground, only)

    with (
        ground.operator(tmp_path, "two-a", elects=False) as first,
        ground.operator(tmp_path, "two-b", elects=False) as second,
    ):
        assert _settled(ground, first, second) == by_one  # what the one did is right for both

        _made(ground, "two")
        by_two = _settled(ground, first, second) - by_one
        assert all(ground.writes(instance) for instance in ("two-a", "two-b"))
        assert by_one <= by_two <= 2 * by_one

        ground.botclass("registry.invalid/bot:2")
        for prefix, name in itertools.product(("one", "two"), NAMES):
            ground.runs(f"{prefix}-{name}", "registry.invalid/bot:2")
        _settled(ground, first, second)

    for prefix, name in itertools.product(("one", "two"), NAMES):
        # Made once and rolled once, however many said so.
        assert ground.reconciled(f"{prefix}-{name}")["metadata"]["generation"] == 2

    events = ground.server.get("events.events.k8s.io", "-n", TEAM)["items"]
    for name in NAMES:
        reasons = [event["reason"] for event in events if event["regarding"]["name"] == f"two-{name}"]
        assert all(reasons.count(reason) <= 2 for reason in reasons), reasons

    before = ground.writes()
    with ground.operator(tmp_path, "judge", elects=False) as judge:
        patiently(lambda: looks(judge) >= 2 * len(NAMES))
        assert ground.writes() == before
