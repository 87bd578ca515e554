"""Two operators and a Lease against a real API server: who acts, and how soon after the other one can't."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from apiserver import api_server
from eventually import patiently
from pair import Ground, at, leads
from world import install_crds

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


def _edited_by_the_other(ground: Ground, name: str, image: str, *, seconds: float) -> None:
    ground.botclass(image)

    def there() -> bool:
        deployment = ground.reconciled(name)
        return bool(deployment["spec"]["template"]["spec"]["containers"][0]["image"] == image)

    patiently(there, seconds=seconds)


def test_a_killed_leader_is_replaced(ground: Ground, tmp_path: Path) -> None:
    with ground.operator(tmp_path, "killed-a") as first:
        patiently(lambda: leads(first))
        with ground.operator(tmp_path, "killed-b") as second:
            ground.bot("killed")
            before = ground.reconciled("killed")
            assert not leads(second)
            assert second.answers("/readyz") == 200
            assert ground.writes("killed-b") == []

            first.process.send_signal(signal.SIGKILL)
            first.process.wait(5)
            ground.botclass("registry.invalid/bot:killed")
            patiently(lambda: leads(second), seconds=CRASH_SECONDS)
            after = patiently(
                lambda: (
                    (found := ground.reconciled("killed"))["metadata"]["generation"]
                    > before["metadata"]["generation"]
                    and found
                ),
                seconds=5,
            )
            assert after["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":killed")
            took = ground.lease_writes("killed-b")[0]
            assert at(took) - at(ground.lease_writes("killed-a")[-1]) < CRASH_SECONDS
