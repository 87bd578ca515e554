"""What a machine lacks or somebody else has is said in one sentence, before anything is started."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from localcluster import COMMAND, botpod_local, new_name, the_sentence, traces

from botpod_local.binaries import binary
from botpod_local.cache import cache_directory
from botpod_local.cluster.layout import Layout
from botpod_local.cluster.state import State, write_state

if TYPE_CHECKING:
    from pathlib import Path

OTHER_MACHINE = """
import platform
platform.system = lambda: "Darwin"
from botpod_local.__main__ import main
main()
"""


def shell(script: str, *arguments: str, env: dict[str, str] | None = None, **flags: bool) -> str:
    """Run a script in fresh namespaces, which end with it; return the sentence that it failed with."""
    unshare = ["unshare", *(f"--{flag}" for flag in flags)]
    ran = subprocess.run(
        [*unshare, "sh", "-ec", script, "sh", *COMMAND, *arguments],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return the_sentence(ran)


def test_not_root() -> None:
    ran = botpod_local("up", "--name", new_name(), prefix=("unshare", "--user", "--map-user=1000"))

    assert "needs root" in the_sentence(ran)


def test_not_linux() -> None:
    command = [sys.executable, "-c", OTHER_MACHINE, "up", "--name", new_name()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert "needs Linux and this is Darwin" in the_sentence(ran)


def test_no_disk_for_the_programs(tmp_path: Path) -> None:
    small = 'mount -t tmpfs -o size=8m none "$BOTPOD_CACHE"; exec "$@"'

    sentence = shell(small, "up", "--name", new_name(), env={"BOTPOD_CACHE": str(tmp_path)}, mount=True)

    assert sentence.startswith("building pause needs 6000 MiB free in ")
    assert sentence.endswith(": free some, or set BOTPOD_CACHE to a larger disk.")


def test_no_disk_for_the_cluster(tmp_path: Path) -> None:
    for program in ("pause", "kubectl", "etcd", "vault", "coredns", "metrics-server"):
        binary(program)
    linked = (
        f'mount -t tmpfs -o size=8m none "$BOTPOD_CACHE"; ln -s {cache_directory()}/bin "$BOTPOD_CACHE/bin"; '
    )
    name = new_name()

    sentence = shell(
        f'{linked}exec "$@"', "up", "--name", name, env={"BOTPOD_CACHE": str(tmp_path)}, mount=True
    )

    assert sentence.startswith(f"cluster {name} needs 1500 MiB free in {tmp_path} and there are ")


def test_all_subnets_taken(tmp_path: Path) -> None:
    ranges = ("10.0.0.0/8", "172.16.0.0/12")
    routed = f'ip link set lo up; {"".join(f"ip route add {each} dev lo; " for each in ranges)} exec "$@"'

    sentence = shell(routed, "up", "--name", new_name(), env=own_cache(tmp_path), net=True)

    assert sentence == (
        "every subnet that a cluster could use is taken (10.250.0.0 to 10.252.255.255 or 172.29.0.0 to "
        "172.31.255.255): end a cluster, or the route that covers them."
    )


def test_a_vpn_that_takes_all_of_ten_leaves_other_subnets(tmp_path: Path) -> None:
    claims = (
        "from pathlib import Path; from botpod_local.cluster.state import claim_subnets; "
        f"print(claim_subnets(Path({str(tmp_path)!r}), 'x').layout.node_address)"
    )
    routed = 'ip link set lo up; ip route add 10.0.0.0/8 dev lo; exec "$@"'
    command = ["unshare", "--net", "sh", "-ec", routed, "sh", sys.executable, "-c", claims]

    assert subprocess.check_output(command, text=True, timeout=30).strip() == "172.29.0.2"


def test_the_subnet_of_a_cluster_was_taken_while_it_was_down(tmp_path: Path) -> None:
    name, env = new_name(), own_cache(tmp_path)
    layout = Layout(name=name, number=7, cache=tmp_path / "cache")
    write_state(State(layout))
    taken = 'ip link set lo up; ip route add 10.251.0.0/16 dev lo; exec "$@"'
    sentence = shell(taken, "up", "--name", name, env=env, net=True)

    assert sentence == (
        f"the subnet 10.251.0.0/16 that cluster {name} needs is taken by lo: "
        f"`botpod-local down --name {name}` and then `up` choose another."
    )
    assert [trace for trace in traces(layout) if not trace.startswith("file")] == []


def own_cache(tmp_path: Path) -> dict[str, str]:
    """Return a cache that shares nothing with others but the programs."""
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "bin").symlink_to(binary("kubectl").parent.parent)
    return {"BOTPOD_CACHE": str(cache)}


def test_no_such_cluster() -> None:
    for command in (("status",), ("kubeconfig",), ("load", "image.tar")):
        sentence = the_sentence(botpod_local(*command, "--name", "never-was"))

        assert sentence == "there is no cluster never-was: `botpod-local up --name never-was` makes it."


def test_a_name_that_no_cluster_can_have() -> None:
    sentence = the_sentence(botpod_local("up", "--name", "Not_A_Name"))

    assert sentence.startswith("a cluster can't be named 'Not_A_Name': use at most 32 lower-case letters, ")
