"""Two operators and a Lease against a real API server: who acts, and how soon after the other one can't."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest
from apiserver import api_server
from eventually import patiently
from pair import Ground, at, leads, looks
from stallingproxy import stalling_proxy
from world import install_crds

from botpod_operator.stop import EXIT_LEADERSHIP_LOST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CRASH_SECONDS = 15.0
STOP_SECONDS = 2.0


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with api_server(tmp_path_factory.mktemp("ground")) as server:
        install_crds(server)
        ground = Ground(server=server)
        ground.prepare()
        yield ground


def test_a_killed_leader_is_replaced(ground: Ground, tmp_path: Path) -> None:
    with ground.operator(tmp_path, "killed-a") as first:
        patiently(lambda: leads(first))
        with ground.operator(tmp_path, "killed-b") as second:
            ground.bots("killed")
            ground.reconciled("killed")
            assert not leads(second)
            assert second.answers("/readyz") == 200
            assert ground.writes("killed-b") == []

            first.process.send_signal(signal.SIGKILL)
            first.process.wait(5)
            ground.botclass("registry.invalid/bot:killed")
            patiently(lambda: leads(second), seconds=CRASH_SECONDS)
            ground.runs("killed", "registry.invalid/bot:killed")
            took = ground.lease_writes("killed-b")[0]
            assert at(took) - at(ground.lease_writes("killed-a")[-1]) < CRASH_SECONDS


def test_a_leader_that_hangs_is_replaced_and_ends_when_it_wakes(ground: Ground, tmp_path: Path) -> None:
    with ground.operator(tmp_path, "hung-a") as first:
        patiently(lambda: leads(first))
        with ground.operator(tmp_path, "hung-b") as second:
            ground.bots("hung")
            ground.reconciled("hung")

            first.process.send_signal(signal.SIGSTOP)
            ground.botclass("registry.invalid/bot:hung")
            patiently(lambda: leads(second), seconds=CRASH_SECONDS)
            ground.runs("hung", "registry.invalid/bot:hung")
            # With the other one gone, too, there is work that only the one that wakes could do.
            second.process.send_signal(signal.SIGKILL)
            second.process.wait(5)
            ground.botclass("registry.invalid/bot:nobody")
            before = ground.server.writes("botpod-operator (hung-a")

            first.process.send_signal(signal.SIGCONT)
            assert first.process.wait(30) == EXIT_LEADERSHIP_LOST
            assert ground.server.writes("botpod-operator (hung-a") == before
            assert ground.image("hung") == "registry.invalid/bot:hung"


def test_a_leader_whose_connections_hang_is_replaced_and_ends(ground: Ground, tmp_path: Path) -> None:
    with (
        stalling_proxy(target=ground.port) as proxy,
        ground.operator(tmp_path, "cut-off-a", url=proxy.url) as first,
    ):
        patiently(lambda: leads(first))
        with ground.operator(tmp_path, "cut-off-b") as second:
            ground.bots("cut-off")
            ground.reconciled("cut-off")

            proxy.stall()
            ground.botclass("registry.invalid/bot:cut-off")
            patiently(lambda: leads(second), seconds=CRASH_SECONDS)
            ground.runs("cut-off", "registry.invalid/bot:cut-off")
            assert first.process.wait(30) == EXIT_LEADERSHIP_LOST

            # What it sent into the void may arrive even now; the API server takes it from nobody.
            ours = ground.holder()
            proxy.flow()
            patiently(lambda: looks(second) > 0)
            assert ground.holder() == ours
            assert leads(second)


def test_a_leader_that_stops_hands_over_at_once_and_nothing_is_written(
    ground: Ground, tmp_path: Path
) -> None:
    with ground.operator(tmp_path, "stopped-a") as first:
        patiently(lambda: leads(first))
        ground.bots("stopped")
        before = ground.reconciled("stopped")
        with ground.operator(tmp_path, "stopped-b") as second:
            first.process.send_signal(signal.SIGTERM)
            patiently(lambda: leads(second), seconds=CRASH_SECONDS)
            assert first.process.wait(20) == 0
            given, taken = ground.lease_writes("stopped-a")[-1], ground.lease_writes("stopped-b")[0]
            assert at(taken) - at(given) < STOP_SECONDS

            patiently(lambda: looks(second) > 0)
            edited = time.time()
            ground.botclass("registry.invalid/bot:stopped")
            ground.runs("stopped", "registry.invalid/bot:stopped")
            # Its first write is that edit's: the hand-over itself changed nothing. Who uses a class is
            # noted in its status a while after a bot came, by whoever leads then.
            writes = ground.writes("stopped-b")
            of_bots = [one for one in writes if one["objectRef"]["resource"] != "botclasses"]
            assert of_bots[0]["objectRef"]["resource"] == "deployments"
            assert at(of_bots[0]) > edited
            assert (
                ground.reconciled("stopped")["metadata"]["generation"] == before["metadata"]["generation"] + 1
            )


def test_the_figures_tell_who_leads(ground: Ground, tmp_path: Path) -> None:
    with ground.operator(tmp_path, "figures") as only:
        patiently(lambda: leads(only))
        assert 'botpod_operator_leader_transitions_total{event="acquired"} 1.0' in only.metrics()


def test_without_rights_to_the_lease_it_says_so_and_does_not_act(ground: Ground, tmp_path: Path) -> None:
    with ground.operator(
        tmp_path, "no-rights", token=ground.token_without_leases(), ready_path="/livez"
    ) as only:
        said = patiently(lambda: [line for line in only.lines() if line["level"] == "ERROR"])
        assert said[0]["message"].startswith("this process can't lead: the API server refuses it the Lease")
        assert "leases.coordination.k8s.io" in said[0]["detail"]
        ground.bots("unseen")
        patiently(lambda: only.answers("/readyz") == 503)
        assert not leads(only)
        assert ground.writes("no-rights") == []
