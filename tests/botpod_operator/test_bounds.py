"""What the operator's rights would let it do everywhere, and the chart's admission policies don't."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from apiserver import ISSUER, ApiServer, Refused, api_server, write_kubeconfig
from eventually import patiently
from operatorprocess import OperatorProcess, operator_process
from scoped import BOUNDS, OWN, RIGHTS, operator_config, rendered
from vaultserver import VaultServer, vault_server
from world import REFRESH, STATE, World, install_crds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEAM = "team-a"
OPERATOR = f"--as=system:serviceaccount:{OWN}:trial-botpod-operator"
GIVEN = RIGHTS | BOUNDS
DENIED = "denied request: "
LONG = pytest.mark.timeout(300)

type Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """An API server with the chart's rights for all namespaces, and its policies in force."""
    with api_server(tmp_path_factory.mktemp("bounded"), audits=["nobody"]) as server:
        for namespace in (OWN, TEAM):
            server.kubectl("create", "namespace", namespace)
        install_crds(server)
        manifests = rendered("watch.allNamespaces=true", "crds.enabled=false")
        server.apply(*(manifest for manifest in manifests if manifest["kind"] in GIVEN))
        # To change a pod kubectl reads it first, which the operator itself has no right to.
        server.kubectl("create", "clusterrole", "reads-pods", "--verb=get", "--resource=pods")
        who = f"--serviceaccount={OWN}:trial-botpod-operator"
        server.kubectl("create", "clusterrolebinding", "reads-pods", "--clusterrole=reads-pods", who)
        for name in ("default", "bot-x"):
            server.kubectl("create", "serviceaccount", name, "-n", TEAM)
        # A policy is in force some time after it is there; each of them is waited for.
        server.apply(_pod("waited-for"))
        for command in (
            ("create", "token", "default"),
            ("create", "configmap", "foreign"),
            ("annotate", "pod", "waited-for", "a=b"),
        ):
            patiently(lambda command=command: DENIED in _refused(server, *command, "-n", TEAM), seconds=60)
        for manifest in (
            _with(SERVICE, "spec.type", "NodePort"),
            _with(DEPLOYMENT, f"{POD}.hostPID", value=True),
        ):
            patiently(lambda manifest=manifest: DENIED in _applied(server, manifest), seconds=60)
        yield server


@pytest.fixture(scope="module")
def own_vault(bounded: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VaultServer]:
    directory = tmp_path_factory.mktemp("bounded-vault")
    with vault_server(directory, issuer=ISSUER, public_key=bounded.service_account_public_key) as server:
        yield server


@pytest.fixture(scope="module")
def acting(bounded: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    """An operator that is who the policies bound."""
    manifests = rendered("watch.allNamespaces=true", "crds.enabled=false")
    token = bounded.kubectl("create", "token", "trial-botpod-operator", "-n", OWN).strip()
    directory: Path = tmp_path_factory.mktemp("bounded-operator")
    kubeconfig = write_kubeconfig(directory / "kubeconfig", url=bounded.url, ca=bounded.ca, token=token)
    with operator_process(directory, kubeconfig=kubeconfig, config=operator_config(manifests)) as process:
        yield process


def _refused(server: ApiServer, *command: str, stdin: str | None = None) -> str:
    """Return what the API server says to the operator about this, "" where it lets it."""
    try:
        server.kubectl(
            *command, OPERATOR, *(() if "token" in command else ("--dry-run=server",)), stdin=stdin
        )
    except Refused as refused:
        return str(refused)
    return ""


def _applied(server: ApiServer, manifest: Manifest) -> str:
    """Return what the API server says to the operator's server-side apply, "" where it takes it."""
    return _refused(
        server,
        *("apply", "--server-side", "--force-conflicts", "--field-manager=botpod-operator", "-f", "-"),
        stdin=yaml.safe_dump(manifest),
    )


def _child(kind: str, api_version: str, *, namespace: str = TEAM, **content: Any) -> Manifest:
    """Return what is like a child of the bot ``hello``."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": "bot-hello",
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "botpod-operator", "botpod.dev/bot": "hello"},
            "ownerReferences": [
                {
                    "apiVersion": "botpod.dev/v1alpha1",
                    "kind": "BotInstance",
                    "name": "hello",
                    "uid": "0f0f0f0f-0000-0000-0000-000000000000",
                    "controller": True,
                }
            ],
        },
        **content,
    }


def _with(manifest: Manifest, path: str, value: Any) -> Manifest:
    """Return a copy with a value at a path, such as ``spec.template.spec.hostNetwork``."""
    changed: Manifest = json.loads(json.dumps(manifest))
    *parents, last = path.split(".")
    found: Any = changed
    for part in parents:
        found = found[int(part)] if isinstance(found, list) else found.setdefault(part, {})
    if value is None:
        del found[last]
    else:
        found[last] = value
    return changed


CONTAINER = {
    "name": "bot",
    "image": "registry.invalid/bot:1",
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
}
DEPLOYMENT = _child(
    "Deployment",
    "apps/v1",
    spec={
        "selector": {"matchLabels": {"botpod.dev/bot": "hello"}},
        "template": {
            "metadata": {"labels": {"botpod.dev/bot": "hello"}},
            "spec": {
                "serviceAccountName": "bot-hello",
                "automountServiceAccountToken": False,
                "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [CONTAINER],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
            },
        },
    },
)
OF_AN_ACCOUNT = _with(
    _child("Secret", "v1"), "metadata.annotations", {"kubernetes.io/service-account.name": "default"}
)
CONFIGMAP = _child("ConfigMap", "v1", data={"a": "b"})
SECRET = _child("Secret", "v1", type="Opaque")
SERVICE = _child("Service", "v1", spec={"selector": {"botpod.dev/bot": "hello"}, "ports": [{"port": 80}]})
ACCOUNT = _child("ServiceAccount", "v1", automountServiceAccountToken=False)
CLAIM = _child(
    "PersistentVolumeClaim",
    "v1",
    spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
)
POLICY = _child(
    "NetworkPolicy",
    "networking.k8s.io/v1",
    spec={"podSelector": {"matchLabels": {"botpod.dev/bot": "hello"}}},
)
BUDGET = _child(
    "PodDisruptionBudget",
    "policy/v1",
    spec={"maxUnavailable": 1, "selector": {"matchLabels": {"botpod.dev/bot": "hello"}}},
)
AUTOSCALER = _child(
    "HorizontalPodAutoscaler",
    "autoscaling/v2",
    spec={
        "maxReplicas": 2,
        "scaleTargetRef": {"apiVersion": "botpod.dev/v1alpha1", "kind": "BotInstance", "name": "hello"},
    },
)
BACKEND = {"service": {"name": "bot-hello", "port": {"name": "http"}}}
INGRESS = _child(
    "Ingress",
    "networking.k8s.io/v1",
    spec={
        "rules": [
            {
                "host": "bots.example",
                "http": {"paths": [{"path": "/x", "pathType": "Exact", "backend": BACKEND}]},
            }
        ]
    },
)
EVERY = (DEPLOYMENT, CONFIGMAP, SECRET, SERVICE, ACCOUNT, CLAIM, POLICY, BUDGET, AUTOSCALER, INGRESS)
POD, SPEC = "spec.template.spec", "spec.template.spec.containers.0"

ROWS = [
    *(
        row
        for thing in EVERY
        for row in (
            pytest.param(_with(thing, "metadata.labels", {"a": "b"}), id=f"{thing['kind']}-no-label"),
            pytest.param(_with(thing, "metadata.ownerReferences", None), id=f"{thing['kind']}-no-owner"),
            pytest.param(_with(thing, "metadata.name", "payments"), id=f"{thing['kind']}-other-name"),
        )
    ),
    *(
        pytest.param(_with(thing, path, value), id=f"{thing['kind']}-{path.rpartition('.')[2]}")
        for thing, path, value in (
            (OF_AN_ACCOUNT, "type", "kubernetes.io/service-account-token"),
            (ACCOUNT, "automountServiceAccountToken", True),
            (CLAIM, "spec.volumeName", "of-payments"),
            (CLAIM, "spec.dataSource", {"kind": "PersistentVolumeClaim", "name": "payments"}),
            (SERVICE, "spec.selector", {"app": "payments"}),
            (SERVICE, "spec.externalIPs", ["10.1.2.3"]),
            (SERVICE, "spec.type", "NodePort"),
            (POLICY, "spec.podSelector", {}),
            (BUDGET, "spec.selector", {"matchLabels": {"app": "payments"}}),
            (AUTOSCALER, "spec.scaleTargetRef.kind", "Deployment"),
            (AUTOSCALER, "spec.scaleTargetRef.name", "other"),
            (INGRESS, "spec.rules.0.http.paths.0.backend.service.name", "payments"),
            (INGRESS, "spec.defaultBackend", BACKEND),
            (DEPLOYMENT, f"{POD}.serviceAccountName", "default"),
            (DEPLOYMENT, f"{POD}.automountServiceAccountToken", True),
            (DEPLOYMENT, f"{POD}.hostNetwork", True),
            (DEPLOYMENT, f"{POD}.hostPID", True),
            (DEPLOYMENT, f"{POD}.securityContext.runAsNonRoot", False),
            (DEPLOYMENT, f"{SPEC}.securityContext.allowPrivilegeEscalation", True),
            (DEPLOYMENT, f"{SPEC}.securityContext.capabilities.add", ["SYS_ADMIN"]),
            (DEPLOYMENT, f"{SPEC}.securityContext.runAsUser", 0),
            (DEPLOYMENT, f"{SPEC}.ports", [{"containerPort": 80, "hostPort": 80}]),
            (DEPLOYMENT, f"{SPEC}.envFrom", [{"secretRef": {"name": "payments"}}]),
            (
                DEPLOYMENT,
                f"{SPEC}.env",
                [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "payments", "key": "k"}}}],
            ),
            (DEPLOYMENT, f"{POD}.volumes", [{"name": "v", "hostPath": {"path": "/"}}]),
            (DEPLOYMENT, f"{POD}.volumes", [{"name": "v", "secret": {"secretName": "payments"}}]),
            (
                DEPLOYMENT,
                f"{POD}.volumes",
                [{"name": "v", "projected": {"sources": [{"secret": {"name": "payments"}}]}}],
            ),
            (
                DEPLOYMENT,
                f"{POD}.volumes",
                [{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}],
            ),
            (
                DEPLOYMENT,
                f"{POD}.initContainers",
                [{**CONTAINER, "name": "i", "securityContext": {"runAsUser": 0}}],
            ),
        )
    ),
]


@LONG
@pytest.mark.req("AC-31", "AC-32")
@pytest.mark.parametrize("manifest", ROWS)
@pytest.mark.attack("operator_runs_anything")
def test_what_is_no_child_of_a_bot_can_not_be_made(bounded: ApiServer, manifest: Manifest) -> None:
    assert DENIED in _applied(bounded, manifest)


@LONG
@pytest.mark.parametrize("manifest", EVERY, ids=lambda one: one["kind"])
def test_what_is_one_can_be(bounded: ApiServer, manifest: Manifest) -> None:
    assert _applied(bounded, manifest) == ""


@LONG
@pytest.mark.parametrize("kind", ["configmap", "secret", "deployment", "service"])
@pytest.mark.attack("operator_takes_objects")
def test_somebody_elses_object_is_neither_taken_over_nor_deleted(bounded: ApiServer, kind: str) -> None:
    found = {"configmap": CONFIGMAP, "secret": SECRET, "deployment": DEPLOYMENT, "service": SERVICE}[kind]
    manifest = _with(_with(found, "metadata.namespace", OWN), "metadata.name", "bot-hello")
    foreign = _with(_with(manifest, "metadata.ownerReferences", None), "metadata.labels", {"a": "b"})
    bounded.apply(foreign)
    assert "isn't" in _applied(bounded, manifest)
    if kind != "secret":  # nor has it the right to
        assert "isn't" in _refused(bounded, "delete", kind, "bot-hello", "-n", OWN)
    bounded.kubectl("delete", kind, "bot-hello", "-n", OWN)


def _token(account: str, *, seconds: int = 600, audience: str | None = "vault") -> tuple[str, ...]:
    asked = (f"--audience={audience}",) if audience else ()
    return ("create", "token", account, "-n", TEAM, f"--duration={seconds}s", *asked)


@LONG
@pytest.mark.req("AC-31", "AC-32")
@pytest.mark.parametrize(
    ("command", "why"),
    [
        (_token("default"), "whose names begin with bot-"),
        (_token("bot-x", audience=None), "Vault's audience only"),
        (_token("bot-x", audience=ISSUER), "Vault's audience only"),
        (_token("bot-x", seconds=86_400), "an hour at most"),
    ],
    ids=["other-account", "no-audience", "audience-of-the-api", "long"],
)
@pytest.mark.attack("operator_as_any_account")
def test_a_token_that_would_be_good_for_more_can_not_be_made(
    bounded: ApiServer, command: tuple[str, ...], why: str
) -> None:
    assert why in _refused(bounded, *command)
    assert _refused(bounded, *_token("bot-x")) == ""


@LONG
@pytest.mark.attack("operator_takes_objects")
def test_the_operator_may_keep_a_secret_of_its_own_in_its_namespace_alone(bounded: ApiServer) -> None:
    seed = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "botpod-operator-seed",
            "namespace": OWN,
            "labels": {"app.kubernetes.io/managed-by": "botpod-operator"},
            "annotations": {"kubernetes.io/service-account.name": "default"},
        },
        "type": "Opaque",
    }
    assert _applied(bounded, seed) == ""
    assert "isn't" in _applied(bounded, _with(seed, "metadata.namespace", TEAM))
    assert "isn't" in _applied(bounded, _with(seed, "metadata.labels", {"a": "b"}))
    assert "Opaque" in _applied(bounded, _with(seed, "type", "kubernetes.io/service-account-token"))
    bounded.kubectl("create", "secret", "generic", "theirs", "-n", OWN)
    assert "isn't" in _applied(bounded, _with(seed, "metadata.name", "theirs"))


def _pod(name: str, **labels: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": TEAM, "labels": labels or {"app": "payments"}},
        "spec": {"containers": [{"name": "main", "image": "registry.invalid/it:1"}]},
    }


@LONG
@pytest.mark.attack("operator_takes_objects")
def test_of_pods_nothing_but_the_annotation_of_bots_can_be_changed(bounded: ApiServer) -> None:
    ours = {"app.kubernetes.io/managed-by": "botpod-operator", "botpod.dev/bot": "hello"}
    bounded.apply(_pod("theirs"), _pod("ours", **ours))

    def patched(name: str, **change: Any) -> str:
        command = ("patch", "pod", name, "-n", TEAM, "--type=strategic", "-p", json.dumps(change))
        return _refused(bounded, *command)

    sync = {"annotations": {"botpod.dev/sync": "1"}}
    assert patched("ours", metadata=sync) == ""
    assert "only those of bots" in patched("theirs", metadata=sync)
    image = [{"name": "main", "image": "registry.invalid/evil:1"}]
    for change in (
        {"metadata": {"labels": {"app": "payments"}}},
        {"metadata": {"annotations": {"other": "1"}}},
        {"metadata": {"finalizers": ["botpod.dev/never"]}},
        {"spec": {"containers": image}},
    ):
        assert "only the annotation" in patched("ours", **change), change
    bounded.kubectl("delete", "pod", "ours", "theirs", "-n", TEAM, "--force", "--grace-period=0")


@LONG
@pytest.mark.req("AC-31")
def test_a_bots_whole_life_goes_by_under_the_policies(
    bounded: ApiServer, own_vault: VaultServer, acting: OperatorProcess
) -> None:
    """Everything the operator writes: children of all kinds, changed, put right, pruned, withdrawn."""
    world = World(cluster=bounded, vault=own_vault, namespace=TEAM, own_namespace=OWN)
    world.botclass(state=STATE)
    world.credentials()
    world.bot(autoscaling={"maxReplicas": 3})
    for kind in (
        *("serviceaccount", "configmap", "secret", "networkpolicy", "service", "poddisruptionbudget"),
        *("horizontalpodautoscaler", "deployment"),
    ):
        world.eventually(kind, "bot-hello", lambda _: True)
    # A label that somebody took off is put back.
    bounded.kubectl("label", "service", "bot-hello", "-n", TEAM, "app.kubernetes.io/managed-by-")
    labelled = lambda found: "app.kubernetes.io/managed-by" in found["metadata"]["labels"]  # noqa: E731
    world.eventually("service", "bot-hello", labelled)
    _hurried(world)
    path = f"bots/{TEAM}/hello"
    own_vault.write(path, discord_token="token-2")
    world.eventually("botinstance", "hello", lambda bot: bot["status"]["credentials"]["version"] == "2")
    # Without Redis and PostgreSQL: a disk, and no autoscaler.
    world.botclass(state={"volume": {"size": "1Gi"}})
    world.bot()
    world.eventually("persistentvolumeclaim", "bot-hello", lambda _: True)
    patiently(lambda: world.get("horizontalpodautoscaler") is None)
    # Vault's values past the operator: what was in the Secret goes.
    vault = {"vault": {"path": path}, "refreshInterval": REFRESH, "delivery": "Direct"}
    world.bot(credentials=vault)
    world.eventually("secret", "bot-hello", lambda found: not found.get("data"), seconds=30)
    world.eventually(
        "deployment",
        "bot-hello",
        lambda found: "initContainers" in found["spec"]["template"]["spec"],
    )
    assert bounded.get("events", "-n", TEAM)["items"] != []
    bounded.kubectl("delete", "bot", "hello", "-n", TEAM)
    denied = [line for line in acting.lines() if "denied" in str(line) or "forbidden" in str(line).lower()]
    assert denied == []


def _hurried(world: World) -> None:
    """Have a pod of the bot's that doesn't answer, and wait until the operator has touched it."""
    labels = {"app.kubernetes.io/managed-by": "botpod-operator", "botpod.dev/bot": "hello"}
    pod = _pod("bot-hello-x-y", **labels)
    owner = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "bot-hello-x",
        "uid": "u",
        "controller": True,
    }
    pod["metadata"]["ownerReferences"] = [owner]
    world.cluster.apply(pod)
    status = json.dumps({"status": {"phase": "Running", "podIP": "127.0.0.9"}})
    where = ("-n", TEAM, "--subresource=status", "--type=merge", "-p", status)
    world.cluster.kubectl("patch", "pod", "bot-hello-x-y", *where)
    world.pods(1)

    def touched() -> bool:
        found = world.cluster.get("pod", "bot-hello-x-y", "-n", TEAM)
        return "botpod.dev/sync" in found["metadata"].get("annotations", {})

    patiently(touched, seconds=30)


@pytest.mark.parametrize("version", ["1.29.9", "1.34.4"])
def test_the_policies_come_where_the_api_server_knows_them(version: str) -> None:
    found = rendered("watch.allNamespaces=true", version=version)
    policies = [one for one in found if one["kind"] == "ValidatingAdmissionPolicy"]
    assert bool(policies) == (version != "1.29.9")


def test_they_can_be_left_out_and_other_audiences_named() -> None:
    without = rendered("operatorBounds.enabled=false", "classProtection.enabled=false")
    assert not [one for one in without if one["kind"].startswith("ValidatingAdmission")]
    named = yaml.safe_dump_all(
        rendered(
            "operatorBounds.audiences={https://vault.example}",
            "defaultClass.vault.audience=ours",
            "defaultClass.vault.address=https://v",
        )
    )
    assert '"https://vault.example","ours","vault"' in named.replace("\n", "").replace(", ", ",")
