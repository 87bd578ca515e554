"""The operator with the rights and the configuration that the chart gives it, and with nothing more."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from apiserver import ISSUER, ApiServer, api_server, write_kubeconfig
from operatorprocess import OperatorProcess, operator_process
from scoped import BOUNDS, OWN, RIGHTS, operator_config, rendered
from vaultserver import VaultServer, vault_server
from world import World, install_crds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server that no other operator of these tests works on."""
    with api_server(tmp_path_factory.mktemp("bare")) as server:
        for namespace in (OWN, "team-a", "team-b"):
            server.kubectl("create", "namespace", namespace)
        yield server


@pytest.fixture(scope="module")
def own_vault(bare: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultServer]:
    directory = tmp_path_factory.mktemp("own-vault")
    with vault_server(directory, issuer=ISSUER, public_key=bare.service_account_public_key) as server:
        yield server


@pytest.fixture(scope="module")
def installed(bare: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    manifests = rendered("watch.namespaces={team-a}", "crds.enabled=false")
    bare.apply(*(manifest for manifest in manifests if manifest["kind"] in RIGHTS | BOUNDS))
    (deployment,) = (
        manifest
        for manifest in manifests
        if manifest["kind"] == "Deployment" and manifest["metadata"]["name"].endswith("-operator")
    )
    account = deployment["spec"]["template"]["spec"]["serviceAccountName"]
    token = bare.kubectl("create", "token", account, "-n", OWN).strip()
    directory: Path = tmp_path_factory.mktemp("installed")
    kubeconfig = write_kubeconfig(directory / "kubeconfig", url=bare.url, ca=bare.ca, token=token)
    install_crds(bare)
    with operator_process(directory, kubeconfig=kubeconfig, config=operator_config(manifests)) as process:
        yield process


def test_the_charts_rights_suffice_in_a_listed_namespace(
    bare: ApiServer, own_vault: VaultServer, installed: OperatorProcess
) -> None:
    world = World(cluster=bare, vault=own_vault, namespace="team-a", own_namespace=OWN)
    world.botclass()
    world.credentials()
    world.bot(autoscaling={"maxReplicas": 3})
    world.eventually("horizontalpodautoscaler", "bot-hello", lambda _: True)
    world.eventually("deployment", "bot-hello", lambda _: True)
    world.condition("Accepted", reason="Accepted")
    bare.kubectl(
        "patch",
        "bot",
        "hello",
        "-n",
        "team-a",
        "--type=json",
        "-p",
        '[{"op":"remove","path":"/spec/autoscaling"}]',
    )
    world.condition("Accepted", reason="Accepted")
    world.botclass(image="registry.invalid/bot:2")  # classes are watched though they are in no namespace
    world.eventually(
        "deployment",
        "bot-hello",
        lambda found: found["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":2"),
    )
    assert bare.get("events", "-n", "team-a")["items"] != []
    denied = [line for line in installed.lines() if "forbidden" in str(line).lower()]
    assert denied == []


def test_the_charts_rights_suffice_to_go_by_the_labels_of_a_listed_namespace(
    bare: ApiServer, own_vault: VaultServer, installed: OperatorProcess
) -> None:
    world = World(cluster=bare, vault=own_vault, namespace="team-a", own_namespace=OWN)
    bare.kubectl("label", "namespace", "team-a", "bots=yes")
    world.botclass(allowedNamespaces={"selector": {"matchLabels": {"bots": "yes"}}})
    world.credentials("labelled")
    world.bot("labelled")
    world.condition("Accepted", name="labelled", reason="Accepted")
    assert [line for line in installed.lines() if "forbidden" in str(line).lower()] == []


def test_other_namespaces_are_left_alone(
    bare: ApiServer, own_vault: VaultServer, installed: OperatorProcess
) -> None:
    elsewhere = World(cluster=bare, vault=own_vault, namespace="team-b", own_namespace=OWN)
    elsewhere.botclass()
    elsewhere.bot()
    here = World(cluster=bare, vault=own_vault, namespace="team-a", own_namespace=OWN)
    here.botclass()
    here.bot("later")
    # The operator is awake: it says something about the bot made after the other one.
    here.eventually("botinstance", "later", lambda bot: "conditions" in bot.get("status", {}))
    unseen = elsewhere.get("botinstance", "hello") or {}
    assert unseen["status"] == {"observedGeneration": -1}
    assert installed.process.poll() is None


def test_the_default_class_is_the_charts(bare: ApiServer, installed: OperatorProcess) -> None:
    assert installed.process.poll() is None
    assert bare.get("botclass", "default")["spec"]["image"] == "registry.invalid/bot:1"


def test_readiness_waits_for_the_crds(tmp_path: Path) -> None:
    with api_server(tmp_path) as empty:
        empty.kubectl("create", "namespace", OWN)
        config = {"namespace": OWN, "watch": {"namespaces": [OWN]}}
        directory = tmp_path / "early"
        with operator_process(
            directory, kubeconfig=empty.kubeconfig, config=config, ready_path="/livez"
        ) as early:
            assert early.answers("/readyz") == 503
            install_crds(empty)
            world = World(cluster=empty, vault=None, namespace=OWN, own_namespace=OWN)
            world.bot(credentials={"secretRef": {"name": "mine"}})
            world.condition("Accepted", reason="ClassNotFound")
            assert early.answers("/readyz") == 200


@pytest.mark.usefixtures("installed")
def test_sigterm_ends_it_in_order(tmp_path: Path, bare: ApiServer) -> None:
    config = {"namespace": OWN, "watch": {"namespaces": ["team-b"]}}
    with operator_process(tmp_path, kubeconfig=bare.kubeconfig, config=config) as process:
        process.process.terminate()
        assert process.process.wait(10) == 0
    # kopf may still tell of requests that it gave up.
    assert "stopping" in [line["message"] for line in process.lines()]


def test_a_mistake_in_its_configuration_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "operator.yaml"
    file.write_text("namespace: x\nwatch: {}\nwatcher: 1\nleaderElection: {lease: x}\n")
    command = [sys.executable, "-m", "botpod_operator", "run", "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "botpod-operator: watch: give either namespaces or allNamespaces: true",
        "botpod-operator: leaderElection.lease: this field is not known; remove it or correct its name",
        "botpod-operator: watcher: this field is not known; remove it or correct its name",
    ]
