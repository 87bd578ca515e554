"""Clusters share one setting of the machine: the last one puts back what the first one found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botpod_local.cluster.forwarding import Forwarding

if TYPE_CHECKING:
    from pathlib import Path


class Machine:
    """A machine's setting, and clusters that come and go."""

    def __init__(self, path: Path, value: str) -> None:
        self.cache = path / "cache"
        self.setting = path / "ip_forward"
        self.setting.write_text(f"{value}\n")
        self.boot = "first"
        self.forwarding = Forwarding(cache=self.cache, setting=self.setting, boot_id=lambda: self.boot)

    @property
    def value(self) -> str:
        return self.setting.read_text().strip()

    def opens(self, name: str) -> None:
        (self.cache / "clusters" / name).mkdir(parents=True, exist_ok=True)
        self.forwarding.hold(name)

    def ends(self, name: str) -> None:
        self.forwarding.release(name)
        self.vanishes(name)

    def vanishes(self, name: str) -> None:
        if (self.cache / "clusters" / name).exists():
            (self.cache / "clusters" / name).rmdir()


@pytest.fixture(params=["0", "1"])
def machine(tmp_path: Path, request: pytest.FixtureRequest) -> Machine:
    return Machine(tmp_path, request.param)


def test_one_cluster_puts_back_what_it_found(machine: Machine) -> None:
    before = machine.value

    machine.opens("one")
    assert machine.value == "1"
    machine.ends("one")

    assert machine.value == before


@pytest.mark.parametrize("first", ["one", "other"])
def test_while_another_cluster_needs_it_nobody_puts_it_back(machine: Machine, first: str) -> None:
    before = machine.value
    machine.opens("one")
    machine.opens("other")

    machine.ends(first)
    assert machine.value == "1"
    machine.ends("other" if first == "one" else "one")

    assert machine.value == before


def test_a_cluster_that_was_removed_without_ending_holds_nothing(machine: Machine) -> None:
    before = machine.value
    machine.opens("killed")
    machine.opens("other")
    machine.vanishes("killed")

    machine.ends("other")

    assert machine.value == before


def test_opening_again_and_ending_again_change_nothing(machine: Machine) -> None:
    before = machine.value
    machine.opens("one")
    machine.opens("one")

    machine.ends("one")
    machine.ends("one")

    assert machine.value == before


def test_after_the_machine_was_started_again_its_own_setting_counts(machine: Machine) -> None:
    machine.opens("before")
    machine.boot = "second"
    machine.setting.write_text("0\n")

    machine.opens("after")
    machine.ends("after")

    assert machine.value == "0"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["opens", "ends", "vanishes"]), st.sampled_from("abc")), max_size=12
    )
)
def test_whatever_happens_it_forwards_while_a_cluster_needs_it_and_is_put_back_at_the_end(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    machine = Machine(tmp_path_factory.mktemp("machine"), "0")
    open_now: set[str] = set()
    for what, name in steps:
        getattr(machine, what)(name)
        open_now = open_now | {name} if what == "opens" else open_now - {name}
        assert machine.value == "1" or not open_now
    for name in "abc":
        machine.ends(name)
    assert machine.value == "0"
