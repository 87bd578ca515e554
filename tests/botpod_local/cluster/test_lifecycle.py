"""A cluster's coming and going: at once, interrupted, repeated, and without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eventually import patiently
from localcluster import (
    COMMAND,
    a_cluster,
    botpod_local,
    new_name,
    no_traces,
    pids,
    probe_pod,
    started_at,
    system_places,
    traces,
)

from botpod_local.cache import cache_directory
from botpod_local.cluster import Cluster
from botpod_local.cluster.forwarding import Forwarding
from botpod_local.cluster.layout import clusters_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_local.cluster.layout import Layout

KERNEL_SETTINGS = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "net/ipv4/ip_forward",
)


@pytest.fixture
def forwarding_stays() -> Iterator[None]:
    """Hold the machine's setting as a cluster with a way out does: those of other workers come and go."""
    name = new_name()
    (clusters_directory(cache_directory()) / name).mkdir(parents=True)
    forwarding = Forwarding(cache=cache_directory())
    forwarding.hold(name)
    yield
    forwarding.release(name)
    (clusters_directory(cache_directory()) / name).rmdir()


def kernel_settings() -> dict[str, str]:
    return {name: (Path("/proc/sys") / name).read_text(encoding="ascii") for name in KERNEL_SETTINGS}


@pytest.fixture
def name() -> Iterator[str]:
    chosen = new_name()
    yield chosen
    Cluster(chosen).down()


def started_up(name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*COMMAND, "up", "--name", name], stderr=subprocess.DEVNULL)


def recorded(layout: Layout, process: str) -> bool:
    return (layout.state / "processes" / f"{process}.json").exists()


def layout_of(name: str) -> Layout:
    return patiently(lambda: Cluster(name).exists) and Cluster(name).layout


@pytest.mark.usefixtures("forwarding_stays")
@pytest.mark.parametrize("killed", [(), ("containerd", "kubelet"), ("init",)])
def test_down_leaves_nothing_behind(probe_archive: Path, killed: tuple[str, ...]) -> None:
    places, settings = system_places(), kernel_settings()
    with a_cluster() as cluster:
        cluster.load(probe_archive)
        volumes = [{"name": "scratch", "emptyDir": {"medium": "Memory"}}]
        cluster.kubectl("apply", "-f", "-", stdin=json.dumps(probe_pod("hello", volumes=volumes)))
        cluster.kubectl("wait", "--for=condition=Ready", "pod/hello", "--timeout=60s")
        layout = cluster.layout
        assert traces(layout)
        while_up = kernel_settings()
        for process in killed:
            os.kill(pids(cluster)[process], signal.SIGKILL)

        ran = botpod_local("down", "--name", cluster.name)

        assert ran.returncode == 0, ran.stderr
        no_traces(layout)
    assert system_places() <= places
    assert while_up == kernel_settings() == settings


def test_two_ups_at_once_make_one_cluster_and_two_downs_end_it_even_where_one_is_interrupted(
    name: str,
) -> None:
    with started_up(name) as one, started_up(name) as two:
        assert (one.wait(100), two.wait(100)) == (0, 0)

    listed = Path(f"/sys/fs/cgroup/pids/{Cluster(name).layout.cgroup}/system/cgroup.procs")
    assert sorted(map(int, listed.read_text(encoding="ascii").split())) == sorted(
        pids(Cluster(name)).values()
    )


@pytest.mark.parametrize("reached", ["init", "kubelet"])
def test_an_interrupted_up_is_taken_up_where_it_was(name: str, reached: str) -> None:
    with started_up(name) as first:
        layout = layout_of(name)
        patiently(lambda: recorded(layout, reached), every=0.005)
        first.send_signal(signal.SIGKILL)
    before = {process: (pid, started_at(pid)) for process, pid in pids(Cluster(name)).items()}

    ran = botpod_local("up", "--name", name)

    after = {process: (pid, started_at(pid)) for process, pid in pids(Cluster(name)).items()}
    assert ran.returncode == 0, ran.stderr
    # A process that was recorded but not yet let go has ended by itself; all others are the same.
    assert len(before.items() - after.items()) <= 1
    assert botpod_local("status", "--name", name).returncode == 0


def test_ctrl_c_says_how_to_go_on(name: str) -> None:
    # Whoever runs the tests in the background lets them ignore the signal that this is about.
    command = ["env", "--default-signal=INT", *COMMAND, "up", "--name", name]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        layout = layout_of(name)
        patiently(lambda: recorded(layout, "kube-apiserver"), every=0.005)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()

    assert process.returncode == 130
    assert said.splitlines()[-1] == "botpod-local: interrupted; run the same command again to go on."


def test_down_of_no_cluster_is_no_error() -> None:
    ran = botpod_local("down", "--name", "never-was")

    assert (ran.returncode, ran.stdout) == (0, "there is no cluster never-was\n")
