from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml
from helmchart import CHART, LEAST, NAMESPACE, Objects, merged, render
from pki import server_files

from botpod_local.chart.tools import ChartWrong, Helm
from botpod_operator.desired.manifest import CREDENTIALS_PORT, INTERNAL_PORT

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

DATABASES = {"redis": {"enabled": True}, "postgresql": {"enabled": True}}
VERSIONED = {"app.kubernetes.io/version", "helm.sh/chart"}


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    return selector.items() <= labels.items()


def selectors(objects: Objects) -> list[tuple[dict[str, Any], dict[str, str]]]:
    return [
        *((thing, thing["spec"]["selector"]["matchLabels"]) for thing in objects.workloads),
        *((thing, thing["spec"]["selector"]) for thing in objects.of("Service")),
        *((thing, thing["spec"]["selector"]["matchLabels"]) for thing in objects.of("PodDisruptionBudget")),
        *((thing, thing["spec"]["podSelector"]["matchLabels"]) for thing in objects.of("NetworkPolicy")),
    ]


def test_a_selector_picks_its_own_component_and_never_names_a_version(variant: Objects) -> None:
    pods = {
        thing["metadata"]["labels"]["app.kubernetes.io/component"]: thing["spec"]["template"]["metadata"][
            "labels"
        ]
        for thing in variant.workloads
    }
    for thing, selector in selectors(variant):
        own = thing["metadata"]["labels"]["app.kubernetes.io/component"]
        assert [name for name, labels in pods.items() if selects(selector, labels)] == [own]
        assert not VERSIONED & selector.keys()


def test_pods_carry_no_version_that_would_restart_them(variant: Objects) -> None:
    for thing in variant.workloads:
        assert not VERSIONED & thing["spec"]["template"]["metadata"]["labels"].keys()


def test_every_pod_of_the_chart_goes_where_it_is_told_to() -> None:
    place = {
        "nodeSelector": {"pool": "system"},
        "tolerations": [{"key": "system", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "high",
    }
    extras = {
        "extraEnv": [{"name": "TZ", "value": "UTC"}],
        "extraVolumes": [{"name": "certificates", "configMap": {"name": "certificates"}}],
        "extraVolumeMounts": [{"name": "certificates", "mountPath": "/certificates", "readOnly": True}],
    }
    told = {"operator": {**place, **extras}, **{name: {**of, **place} for name, of in DATABASES.items()}}
    workloads = render(told).workloads
    assert len(workloads) == 3
    for thing in workloads:
        pod = thing["spec"]["template"]["spec"]
        assert {field: pod.get(field) for field in place} == place
        (container,) = pod["containers"]
        if container["name"] == "operator":
            assert container["env"] == extras["extraEnv"]
            assert extras["extraVolumes"][0] in pod["volumes"]
            assert extras["extraVolumeMounts"][0] in container["volumeMounts"]


def test_another_version_of_the_chart_restarts_nothing_by_itself(tmp_path: Path) -> None:
    def templates(chart: Path) -> dict[str, Any]:
        text = Helm(chart=chart).template(values)
        return {
            f"{one['kind']}/{one['metadata']['name']}": one["spec"]["template"]
            for one in yaml.safe_load_all(text)
            if one and one["kind"] in {"Deployment", "StatefulSet"}
        }

    values, other = tmp_path / "values.yaml", tmp_path / "botpod"
    # Without a cluster no certificate is found again: each time it is another one.
    tls = {"tls": {"existingSecret": {"name": "mine"}, "caBundle": server_files(tmp_path).ca.read_text()}}
    stable = {component: {"enabled": True, **tls} for component in DATABASES}
    values.write_text(yaml.safe_dump(merged(LEAST, stable)))
    shutil.copytree(CHART, other)
    file = other / "Chart.yaml"
    file.write_text(re.sub(r"(?m)^(version|appVersion): .*", r"\1: 9.8.7", file.read_text()))
    before = templates(CHART)
    assert len(before) == 3
    assert templates(other) == before


BOT_LABELS = {
    "app.kubernetes.io/name": "botpod",
    "app.kubernetes.io/instance": "botpod",
    "app.kubernetes.io/component": "bot",
    "app.kubernetes.io/managed-by": "botpod-operator",
}


def test_a_bot_named_like_the_release_is_never_selected() -> None:
    assert not [thing for thing, selector in selectors(render(DATABASES)) if selects(selector, BOT_LABELS)]


def test_every_object_says_what_it_belongs_to(variant: Objects) -> None:
    for thing in variant.all:
        labels = thing["metadata"]["labels"]
        assert {"app.kubernetes.io/name", "app.kubernetes.io/instance", "helm.sh/chart"} <= labels.keys()
        assert labels["app.kubernetes.io/managed-by"] == "Helm"


def containers(objects: Objects) -> list[dict[str, Any]]:
    return [
        container
        for thing in objects.workloads
        for kind in ("initContainers", "containers")
        for container in thing["spec"]["template"]["spec"].get(kind, ())
    ]


@pytest.mark.req("CP-74")
def test_every_container_asks_for_cpu_and_memory_and_is_limited_in_memory_alone(variant: Objects) -> None:
    for container in containers(variant):
        resources = container["resources"]
        assert resources["requests"].keys() == {"cpu", "memory"}, container["name"]
        assert resources["limits"].keys() == {"memory"}, container["name"]


@pytest.mark.req("CP-74")
def test_a_cpu_limit_is_there_for_those_who_must() -> None:
    limited = {"resources": {"limits": {"cpu": "1"}}}
    objects = render({name: {**DATABASES.get(name, {}), **limited} for name in ("operator", *DATABASES)})
    assert len(containers(objects)) == 3
    for container in containers(objects):
        # Helm merges: what the chart sets stands beside it.
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}
        assert container["resources"]["limits"]["cpu"] == "1"
        assert container["resources"]["requests"]["cpu"] == "50m"


def test_every_container_is_restricted_and_has_probes(variant: Objects) -> None:
    for thing in variant.workloads:
        pod = thing["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"]
            assert not security["allowPrivilegeEscalation"]
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys()


def test_no_credential_is_an_argument_or_in_the_environment(variant: Objects) -> None:
    for thing in variant.workloads:
        for container in thing["spec"]["template"]["spec"]["containers"]:
            assert "env" not in container
            assert "envFrom" not in container


def test_only_the_operator_has_a_token_for_the_api_server() -> None:
    for thing in render(DATABASES).of("StatefulSet"):
        assert thing["spec"]["template"]["spec"]["automountServiceAccountToken"] is False


def test_the_operator_may_reach_every_port_at_which_it_asks_pods() -> None:
    policy = render({}).one("NetworkPolicy", component="operator")["spec"]
    open_ports = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    assert {INTERNAL_PORT, CREDENTIALS_PORT} <= open_ports


def test_a_database_takes_connections_from_the_watched_namespaces_bots_and_the_operator_only() -> None:
    objects = render({**DATABASES, "watch": {"namespaces": ["bots", NAMESPACE]}})
    for component in ("redis", "postgresql"):
        policy = objects.one("NetworkPolicy", component=component)["spec"]
        assert policy["policyTypes"] == ["Ingress", "Egress"]
        assert policy["egress"] == []
        ((peer, operator),) = [rule["from"] for rule in policy["ingress"]]
        # Without a namespaceSelector: in the release's own.
        assert operator.keys() == {"podSelector"}
        pods = objects.one("Deployment")["spec"]["template"]["metadata"]["labels"]
        assert selects(operator["podSelector"]["matchLabels"], pods)
        assert not selects(operator["podSelector"]["matchLabels"], {**pods, **BOT_LABELS})
        assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "bot"
        (expression,) = peer["namespaceSelector"]["matchExpressions"]
        assert expression["values"] == [NAMESPACE, "bots"]


def test_a_drain_is_never_blocked() -> None:
    budget = render().one("PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_two_operators_stand_on_different_nodes_and_share_a_lease() -> None:
    objects = render()
    operator = objects.one("Deployment")["spec"]
    assert operator["replicas"] == 2
    assert operator["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    (term,) = operator["template"]["spec"]["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    assert selects(
        term["podAffinityTerm"]["labelSelector"]["matchLabels"], operator["template"]["metadata"]["labels"]
    )
    assert term["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"
    election = objects.operator_file()["leaderElection"]
    assert election == {"enabled": True, "leaseName": "botpod-operator"}


def test_without_an_election_there_is_one_operator_at_a_time() -> None:
    alone = {"replicas": 1, "leaderElection": {"enabled": False}}
    objects = render({"operator": alone})
    assert objects.one("Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    assert objects.operator_file()["leaderElection"]["enabled"] is False
    assert not [role for role in objects.of("Role") if role["metadata"]["name"].endswith("-leases")]
    with pytest.raises(ChartWrong, match=r"operator\.replicas: without .* give 1"):
        render({"operator": {**alone, "replicas": 2}})


def test_a_changed_configuration_restarts_the_operator() -> None:
    def checksum(more: dict[str, Any]) -> str:
        template = render(more).one("Deployment")["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/config"])

    assert checksum({}) != checksum({"operator": {"logging": {"level": "DEBUG"}}})
    assert checksum({}) == checksum({"operator": {"podLabels": {"team": "any"}}})


def test_the_operator_is_told_its_own_and_the_given_namespaces_once() -> None:
    file = render({"watch": {"namespaces": ["bots", NAMESPACE]}}).operator_file()
    assert file["namespace"] == NAMESPACE
    assert file["watch"] == {"namespaces": [NAMESPACE, "bots"]}


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({}, {"names": [NAMESPACE]}),
        ({"watch": {"namespaces": ["bots"]}}, {"names": [NAMESPACE, "bots"]}),
        # Nobody but whoever installs can say who of all may use it.
        ({"watch": {"allNamespaces": True}}, None),
        ({"defaultClass": {"allowedNamespaces": {"names": ["team-a"]}}}, {"names": ["team-a"]}),
        ({"defaultClass": {"allowedNamespaces": {"names": []}}}, {"names": []}),
    ],
    ids=str,
)
def test_the_default_class_is_for_the_bots_of_the_watched_namespaces(
    values: dict[str, Any], allowed: dict[str, Any] | None
) -> None:
    assert render(values).operator_file()["defaultClass"].get("allowedNamespaces") == allowed


def test_your_own_databases_win_over_the_evaluation_ones() -> None:
    mine = {"redis": {"url": "rediss://mine:6379/0"}}
    state = render({**DATABASES, "defaultClass": {"state": mine}}).operator_file()["defaultClass"]["state"]
    assert state["redis"] == mine["redis"]
    ref = {"name": "botpod-postgresql", "key": "password"}
    assert state["postgresql"]["admin"] == {"user": "botpod", "passwordSecretRef": ref}


@pytest.mark.req("CP-13")
def test_bots_have_accounts_of_their_own_in_the_evaluation_databases_unless_told_otherwise() -> None:
    state = render(DATABASES).operator_file()["defaultClass"]["state"]
    assert {kind: "admin" in store for kind, store in state.items()} == {"redis": True, "postgresql": True}
    shared = render({**DATABASES, "accounts": {"mode": "Never"}})
    state = shared.operator_file()["defaultClass"]["state"]
    assert all("passwordSecretRef" in store and "admin" not in store for store in state.values())
    told = [one["data"]["accounts"] for one in shared.of("ConfigMap") if "accounts" in one["data"]]
    assert told == ["false", "false"]


def test_a_secret_of_your_own_takes_the_place_of_the_generated_one() -> None:
    mine = {"name": "of-mine", "key": "word"}
    objects = render({"redis": {"enabled": True, "existingSecret": mine}})
    assert [secret["metadata"]["name"] for secret in objects.of("Secret")] == ["botpod-redis-tls"]
    assert objects.operator_file()["defaultClass"]["state"]["redis"]["admin"] == {
        "user": "default",
        "passwordSecretRef": mine,
    }
    volumes = objects.one("StatefulSet")["spec"]["template"]["spec"]["volumes"]
    (secret,) = [volume["secret"] for volume in volumes if volume["name"] == "password"]
    assert (secret["secretName"], secret["items"]) == ("of-mine", [{"key": "word", "path": "password"}])


def test_redis_evicts_nothing_and_keeps_what_it_took() -> None:
    config = render(DATABASES).one("ConfigMap", component="redis")["data"]["redis.conf"]
    assert {"maxmemory-policy noeviction", "appendonly yes", "maxmemory 384mb"} <= set(config.splitlines())


def test_without_a_default_class_the_operator_neither_makes_nor_may_make_one() -> None:
    objects = render({"defaultClass": {"enabled": False}})
    assert "defaultClass" not in objects.operator_file()
    verbs = {
        verb
        for role in objects.of("ClusterRole", component="operator")
        for rule in role["rules"]
        if "botclasses" in rule["resources"]
        for verb in rule["verbs"]
    }
    assert verbs == {"get", "list", "watch"}
