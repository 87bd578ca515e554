"""Only the very processes that a cluster started are ever taken for its own."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from botpod_local.binaries import binary
from botpod_local.cluster.cgroups import ensure_cgroups, hierarchies, remove_cgroups
from botpod_local.cluster.layout import NUMBERS, Layout
from botpod_local.cluster.namespaces import start_init
from botpod_local.cluster.processes import Record, Records, record_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def recorded(process: subprocess.Popen[bytes]) -> Record:
    record = record_of(process.pid)
    assert record is not None
    return record


def test_a_process_that_could_not_be_recorded_does_not_run(tmp_path: Path) -> None:
    layout = Layout(name="unrecorded", number=NUMBERS[-1], cache=tmp_path)
    seen: list[Record] = []

    def killed_here(record: Record) -> None:
        seen.append(record)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start_init(layout, binary("pause"), killed_here)

    assert seen[0].wait_ended(5)
    assert remove_cgroups(layout.cgroup, timeout_s=5) == []


@pytest.mark.parametrize("change", [{"started": 1}, {"boot": "an earlier one"}])
def test_a_process_with_the_same_id_is_another_one(
    sleeper: subprocess.Popen[bytes], change: dict[str, int | str]
) -> None:
    record = recorded(sleeper)
    other = replace(record, **change)  # type: ignore[arg-type] # one field of each type

    other.signal(signal.SIGKILL)

    assert record.alive()
    assert not other.alive()
    assert sleeper.poll() is None


def test_a_process_that_nobody_collected_yet_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    record = recorded(sleeper)

    record.signal(signal.SIGKILL)

    assert record.wait_ended(5)
    record.signal(signal.SIGKILL)


def test_records_outlive_the_one_who_wrote_them(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    Records(tmp_path).write("sleeper", recorded(sleeper))

    assert Records(tmp_path).alive("sleeper")
    Records(tmp_path).forget("sleeper")
    assert not Records(tmp_path).alive("sleeper")


def test_hierarchies_of_both_versions_are_found(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for controller in ("cpu", "memory"):
        (one / controller).mkdir(parents=True)
        (one / controller / "cgroup.procs").touch()
    (one / "cpuacct").symlink_to("cpu")
    two.mkdir()
    (two / "cgroup.controllers").touch()

    assert hierarchies(one) == (one / "cpu", one / "memory")
    assert hierarchies(two) == (two,)


def test_a_cpuset_inherits_its_processors(tmp_path: Path) -> None:
    (tmp_path / "cpuset/botpod0/system").mkdir(parents=True)
    (tmp_path / "cpuset/cgroup.procs").touch()
    for directory, processors in (("", "0-1\n"), ("botpod0", ""), ("botpod0/system", "")):
        (tmp_path / "cpuset" / directory / "cpuset.cpus").write_text(processors, encoding="ascii")

    files = ensure_cgroups("botpod0", tmp_path)

    assert files == (tmp_path / "cpuset/botpod0/system/cgroup.procs",)
    assert (tmp_path / "cpuset/botpod0/system/cpuset.cpus").read_text(encoding="ascii") == "0-1"


def test_every_controller_is_handed_down_that_can_be(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory\n", encoding="ascii")

    ensure_cgroups("botpod0", tmp_path)

    assert (tmp_path / "cgroup.subtree_control").read_text(encoding="ascii") == "+memory"
    assert (tmp_path / "botpod0/system").is_dir()


def test_what_can_not_be_removed_is_told(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    (tmp_path / "botpod0").mkdir()
    (tmp_path / "botpod0/busy").touch()

    assert remove_cgroups("botpod0", timeout_s=0, root=tmp_path) == [tmp_path / "botpod0"]
    (tmp_path / "botpod0/busy").unlink()
    assert remove_cgroups("botpod0", timeout_s=0, root=tmp_path) == []
