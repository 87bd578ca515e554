"""What a person sees of a cluster that runs, and of one whose processes die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from eventually import patiently
from localcluster import botpod_local, pids, probe_pod, started_at, the_sentence

from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_local.cluster import Cluster


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def running_pod(cluster: Cluster, name: str) -> None:
    cluster.kubectl("apply", "-f", "-", stdin=json.dumps(probe_pod(name)))
    cluster.kubectl("wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s")


def test_up_of_a_running_cluster_starts_nothing(cluster: Cluster) -> None:
    before = pids(cluster)

    ran = botpod_local("up", "--name", cluster.name)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert pids(cluster) == before


def test_status_and_kubeconfig_say_what_is_where(cluster: Cluster) -> None:
    status = botpod_local("status", "--name", cluster.name)
    path = botpod_local("kubeconfig", "--name", cluster.name).stdout.strip()

    config = yaml.safe_load(cluster.kubeconfig.read_text(encoding="utf-8"))
    assert status.returncode == 0
    for expected in (
        "kubelet",
        str(pids(cluster)["kubelet"]),
        cluster.vault_address,
        cluster.host_address,
        path,
    ):
        assert expected in status.stdout
    assert path == str(cluster.kubeconfig)
    assert config["contexts"][0]["context"]["namespace"] == "default"


@pytest.mark.parametrize(
    "process", ["etcd", "kube-apiserver", "containerd", "kubelet", "storage-provisioner"]
)
def test_a_process_that_died_is_named_and_started_again_and_pods_run_on(
    cluster: Cluster, process: str
) -> None:
    running_pod(cluster, "stays")
    before = pids(cluster)
    kill(before[process])
    patiently(lambda: process not in pids(cluster))

    sentence = the_sentence(botpod_local("status", "--name", cluster.name))
    mended = botpod_local("up", "--name", cluster.name)

    assert sentence.startswith(f"{process} of cluster {cluster.name} has died: ")
    assert f"botpod-local up --name {cluster.name}" in sentence
    assert mended.returncode == 0, mended.stderr
    assert pids(cluster)[process] != before[process]
    assert botpod_local("status", "--name", cluster.name).returncode == 0
    pod = json.loads(cluster.kubectl("get", "pod", "stays", "-o", "json"))
    assert pod["status"]["phase"] == "Running"
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0


def test_vault_comes_back_unsealed_with_what_was_written(cluster: Cluster) -> None:
    cluster.vault.write("kept", {"key": "value"})
    kill(pids(cluster)["vault"])
    patiently(lambda: "vault" not in pids(cluster))

    assert botpod_local("up", "--name", cluster.name).returncode == 0

    assert cluster.vault.read("kept") == {"key": "value"}


def test_a_sealed_vault_is_unsealed_by_up(cluster: Cluster) -> None:
    cluster.vault.write("sealed", {"key": "value"})
    cluster.vault.request("PUT", "/v1/sys/seal")
    with pytest.raises(LocalError, match="sealed"):
        cluster.vault.read("sealed")

    assert botpod_local("up", "--name", cluster.name).returncode == 0

    assert cluster.vault.read("sealed") == {"key": "value"}


def test_everything_comes_back_after_the_first_process_was_killed(cluster: Cluster) -> None:
    running_pod(cluster, "returns")
    cluster.kubectl("create", "configmap", "kept", "--from-literal=a=b")
    before = pids(cluster)
    kill(before["init"])
    patiently(lambda: not pids(cluster))

    sentence = the_sentence(botpod_local("status", "--name", cluster.name))
    mended = botpod_local("up", "--name", cluster.name)

    assert sentence.startswith(f"cluster {cluster.name} does not run: ")
    assert mended.returncode == 0, mended.stderr
    assert "b" in cluster.kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.a}")

    def restarted() -> bool:
        pod = json.loads(cluster.kubectl("get", "pod", "returns", "-o", "json"))
        (container,) = pod["status"]["containerStatuses"]
        return bool(container["restartCount"] == 1 and container["ready"])

    patiently(restarted)


def test_a_taken_port_is_named_with_the_program_that_has_it(cluster: Cluster) -> None:
    before = pids(cluster)
    kill(before["kube-scheduler"])
    patiently(lambda: "kube-scheduler" not in pids(cluster))
    listen = (
        "import socket,time; s=socket.create_server(('127.0.0.1', 10259)); print(flush=True); time.sleep(60)"
    )
    inside = ["nsenter", "--target", str(before["init"]), "--net", "python3", "-c", listen]
    with subprocess.Popen(inside, stdout=subprocess.PIPE) as squatter:
        assert squatter.stdout is not None
        squatter.stdout.readline()
        started = started_at(squatter.pid)

        sentence = the_sentence(botpod_local("up", "--name", cluster.name))

        squatter.kill()
        assert started_at(squatter.pid) == started
    assert sentence.startswith(
        f"port 10259 that kube-scheduler of cluster {cluster.name} needs is taken by python"
    )
    assert f"(process {squatter.pid})" in sentence
    assert botpod_local("up", "--name", cluster.name).returncode == 0


def test_what_can_not_be_loaded_is_named(cluster: Cluster, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar"
    broken.write_bytes(b"no archive")

    absent = the_sentence(botpod_local("load", "--name", cluster.name, str(tmp_path / "absent.tar")))
    unreadable = the_sentence(botpod_local("load", "--name", cluster.name, str(broken)))

    assert absent.startswith(f"there is no image archive {tmp_path}/absent.tar")
    assert unreadable.startswith(f"{broken} can't be imported: ")
