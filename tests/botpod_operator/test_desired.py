"""The children as manifests: restricted whatever the owner asks for, the same for the same input."""

from __future__ import annotations

from typing import Any

import pytest
from samples import effective_bot

from botpod_operator.desired.botconfig import content, render
from botpod_operator.desired.networkpolicy import PROMETHEUS, Peers, networkpolicy
from botpod_operator.desired.objects import desired_objects, kinds
from botpod_operator.desired.service import service
from botpod_operator.quantities import canonical

OVERRIDES = {
    "labels": {"team": "blue"},
    "annotations": {"note": "x"},
    "env": [{"name": "TZ", "value": "UTC"}],
    "nodeSelector": {"disk": "ssd"},
}
BY_HTTP = {"discord": {"delivery": "Interactions"}}
HOST = {"host": "bots.example.com"}
SHARED = {"redis": {"url": "redis://r:6379/0"}, "postgresql": {"url": "postgresql://b@p/b"}}


def _child(kind: str, **bot: Any) -> dict[str, Any]:
    children = {child["kind"]: child for child in desired_objects(effective_bot(**bot))}
    return children[kind]


@pytest.mark.parametrize("pod", [{}, OVERRIDES], ids=["bare", "overridden"])
@pytest.mark.req("CP-72")
def test_pods_are_restricted_whatever_the_owner_overrides(pod: dict[str, Any]) -> None:
    template = _child("Deployment", spec={"pod": pod})["spec"]["template"]
    assert template["spec"]["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    (container,) = template["spec"]["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert template["spec"]["automountServiceAccountToken"] is False
    assert template["metadata"]["labels"]["botpod.dev/bot"] == "hello"


DIRECT = {
    "spec": {"credentials": {"vault": {"path": "bots/hello"}, "delivery": "Direct"}},
    "class_spec": {"vault": {"address": "http://vault.invalid:8200"}},
}


def _resources(**bot: Any) -> dict[str, dict[str, Any]]:
    """Return what each container of a bot with delivery Direct asks for."""
    spec, class_spec = ({**DIRECT[part], **bot.get(part, {})} for part in ("spec", "class_spec"))
    pod = _child("Deployment", spec=spec, class_spec=class_spec)["spec"]["template"]["spec"]
    return {each["name"]: each["resources"] for each in pod["initContainers"] + pod["containers"]}


@pytest.mark.req("CP-74")
def test_every_container_asks_for_cpu_and_memory_and_is_limited_in_memory_alone() -> None:
    found = _resources()
    assert found.keys() == {"bot", "credentials"}
    for name, resources in found.items():
        assert resources["requests"].keys() == {"cpu", "memory"}, name
        assert resources["limits"].keys() == {"memory"}, name


@pytest.mark.parametrize("where", ["the bot", "its class"])
@pytest.mark.req("CP-74")
def test_a_cpu_limit_arrives_and_no_container_is_left_without_one(where: str) -> None:
    limited = {"requests": {"cpu": "100m"}, "limits": {"cpu": "1500m", "memory": "512Mi"}}
    bot = (
        {"spec": {"pod": {"resources": limited}}}
        if where == "the bot"
        else {"class_spec": {"defaults": {"resources": limited}}}
    )
    found = _resources(**bot)
    assert found["bot"] == limited
    # A quota on limits.cpu counts every container, and refuses a pod for one that has no limit.
    assert found["credentials"]["limits"].keys() == {"cpu", "memory"}


def test_probes_ask_what_they_should() -> None:
    (container,) = _child("Deployment")["spec"]["template"]["spec"]["containers"]
    paths = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert paths == {
        "startup": {"path": "/livez", "port": "internal"},
        "liveness": {"path": "/livez", "port": "internal"},
        "readiness": {"path": "/readyz", "port": "internal"},
    }


def test_only_what_a_running_bot_does_not_take_up_rolls_the_pods() -> None:
    def template(**fields: Any) -> dict[str, Any]:
        return dict(_child("Deployment", spec=fields, class_spec={"state": SHARED})["spec"]["template"])

    same = template()
    assert template(replicas=5) == same
    assert template(suspend=True) == same
    assert template(instructions="other") == same
    assert template(limits={"messagesPerUser": 1}) == same
    assert template(flags={"memory": False}) == same
    assert template(logging={"level": "DEBUG"}) == same
    assert template(skills=[{"name": "chat", "settings": {"historyMessages": 1}}]) == same
    assert template(commandPrefix="?") != same
    assert template(restartedAt="2026-12-01T12:00:00Z") != same
    assert template(discord={"shards": 3}) != same
    assert template(skills=[{"name": "chat"}, {"name": "other"}]) != same


def test_the_class_marks_every_object_but_neither_selectors_nor_pods() -> None:
    plain = desired_objects(effective_bot(class_spec={"state": SHARED}))
    marks = {"labels": {"example.com/cost-centre": "4711"}, "annotations": {"example.com/contact": "bots"}}
    marked = desired_objects(effective_bot(class_spec={"state": SHARED, "children": marks}))
    for was, now in zip(plain, marked, strict=True):
        for kind, added in marks.items():
            assert now["metadata"].pop(kind) == {**added, **was["metadata"].get(kind, {})}
            was["metadata"].pop(kind, None)
        assert now == was


def test_the_platform_may_choose_the_ids_and_what_the_process_beside_the_bot_gets() -> None:
    direct = {"credentials": {"vault": {"path": "bots/x"}, "delivery": "Direct"}}
    vault = {"vault": {"address": "https://vault:8200"}}
    resources = {"requests": {"cpu": "20m"}, "limits": {"memory": "1024Mi"}}
    pods = {"userIds": "Platform", "credentialsResources": resources}
    pod = _child("Deployment", spec=direct, class_spec={**vault, "pods": pods})["spec"]["template"]["spec"]
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    (beside,) = pod["initContainers"]
    assert beside["resources"] == {"requests": {"cpu": "20m"}, "limits": {"memory": "1Gi"}}


def test_kinds_are_those_that_are_made() -> None:
    for spec, of_class in (
        ({}, {}),
        ({"autoscaling": {"maxReplicas": 2}}, {"state": SHARED}),
        ({}, {"state": {"volume": {}}}),
        ({}, {"state": {**SHARED, "volume": {}}}),
        ({}, {"interactions": HOST}),
        (BY_HTTP, {"interactions": HOST}),
    ):
        bot = effective_bot(spec=spec, class_spec=of_class)
        assert set(kinds(bot)) == {child["kind"] for child in desired_objects(bot)}


def test_one_replica_never_blocks_a_drain() -> None:
    spec = _child("PodDisruptionBudget")["spec"]
    assert spec["maxUnavailable"] == 1
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize(
    ("scaling", "targets"),
    [
        ({"maxReplicas": 3}, {"cpu": 80}),
        ({"maxReplicas": 3, "targetCPUUtilizationPercentage": 50}, {"cpu": 50}),
        ({"maxReplicas": 3, "targetMemoryUtilizationPercentage": 70}, {"memory": 70}),
        (
            {
                "maxReplicas": 3,
                "targetCPUUtilizationPercentage": 50,
                "targetMemoryUtilizationPercentage": 70,
            },
            {"cpu": 50, "memory": 70},
        ),
    ],
)
def test_autoscaling_targets(scaling: dict[str, Any], targets: dict[str, int]) -> None:
    spec = _child("HorizontalPodAutoscaler", spec={"autoscaling": scaling})["spec"]
    assert {
        metric["resource"]["name"]: metric["resource"]["target"]["averageUtilization"]
        for metric in spec["metrics"]
    } == targets


def test_raw_metrics_come_after_the_targets_and_take_the_place_of_the_default() -> None:
    queue = {
        "type": "External",
        "external": {
            "metric": {"name": "queue", "selector": {"matchLabels": {"value": "1000m"}}},
            "target": {"type": "AverageValue", "averageValue": "1000m"},
        },
    }
    as_stored = {
        "type": "External",
        "external": {**queue["external"], "target": {"type": "AverageValue", "averageValue": "1"}},
    }
    alone = {"maxReplicas": 3, "metrics": [queue]}
    assert _child("HorizontalPodAutoscaler", spec={"autoscaling": alone})["spec"]["metrics"] == [as_stored]
    both = {**alone, "targetMemoryUtilizationPercentage": 70}
    memory, last = _child("HorizontalPodAutoscaler", spec={"autoscaling": both})["spec"]["metrics"]
    assert memory["resource"]["name"] == "memory"
    assert last == as_stored


def test_behaviour_is_handed_on_as_far_as_it_says_something() -> None:
    down = {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}], "tolerance": "50m"}
    scaling = {"maxReplicas": 3, "behavior": {"scaleDown": down, "scaleUp": {}}}
    spec = _child("HorizontalPodAutoscaler", spec={"autoscaling": scaling})["spec"]
    assert spec["behavior"] == {"scaleDown": down}
    silent = {"maxReplicas": 3, "behavior": {"scaleUp": {}}}
    assert "behavior" not in _child("HorizontalPodAutoscaler", spec={"autoscaling": silent})["spec"]


def test_the_way_out_is_to_dns_https_and_the_classes_addresses() -> None:
    models = [{"name": name, "provider": "OpenAI", "model": "m"} for name in ("a", "b")]
    policy = networkpolicy(
        effective_bot(
            spec={"models": models},
            class_spec={
                "discord": {"apiUrl": "http://10.1.2.3:8080/api/v10"},
                "providers": {"openAI": {"baseUrl": "http://models.example:9000/v1"}},
                "state": {
                    "redis": {"url": "redis://[fd00::5]/0"},
                    "postgresql": {"url": "postgresql://b@pg.db.svc:5433/b"},
                },
            },
        ),
        Peers(),
    )
    assert policy["spec"]["egress"] == [
        {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]},
        {"ports": [{"protocol": "TCP", "port": 443}]},
        {"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}], "ports": [{"protocol": "TCP", "port": 8080}]},
        {"ports": [{"protocol": "TCP", "port": 9000}]},
        {"to": [{"ipBlock": {"cidr": "fd00::5/128"}}], "ports": [{"protocol": "TCP", "port": 6379}]},
        {"ports": [{"protocol": "TCP", "port": 5433}]},
    ]


@pytest.mark.req("AC-32")
@pytest.mark.attack("open_ports")
@pytest.mark.parametrize("spec", [{}, BY_HTTP])
@pytest.mark.parametrize("delivery", ["Secret", "Direct"])
def test_each_port_is_for_those_who_have_business_there(spec: dict[str, Any], delivery: str) -> None:
    vault = {"vault": {"role": "r", "path": "p"}, "delivery": delivery}
    effective = effective_bot(
        spec={**spec, "credentials": vault}, class_spec={"vault": {"address": "https://v"}}
    )

    def reached(peers: Peers) -> dict[int, Any]:
        rules = networkpolicy(effective, peers)["spec"]["ingress"]
        return {port["port"]: rule.get("from") for rule in rules for port in rule["ports"]}

    operator = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ops"}}}
    scraper, controller = {"namespaceSelector": {"a": "b"}}, {"podSelector": {"c": "d"}}
    told = Peers(operator_namespace="ops", metrics_from=(scraper,), interactions_from=(controller,))
    silent = Peers(operator_namespace="ops")
    ports = {9090} | ({8080} if spec else set()) | ({9091} if delivery == "Direct" else set())
    assert reached(told).keys() == reached(silent).keys() == ports
    assert reached(told)[9090] == [operator, scraper]
    assert reached(silent)[9090] == [operator, PROMETHEUS]
    assert reached(told).get(9091, [operator]) == reached(silent).get(9091, [operator]) == [operator]
    assert reached(told).get(8080, [controller]) == [controller]
    assert reached(silent).get(8080) is None
    named = {port["port"] for port in service(effective)["spec"]["ports"]}
    assert named == ports - {9091}


def test_the_file_is_the_same_for_the_same_bot_and_holds_no_replicas() -> None:
    bots = [effective_bot(spec={"replicas": replicas}, class_spec={"state": SHARED}) for replicas in (1, 9)]
    assert render(bots[0]) == render(bots[1])
    state = content(bots[0])["state"]
    assert state == {"sql": {"url": "postgresql+asyncpg://b@p/b"}, "redis": {"url": "redis://r:6379/0"}}


@pytest.mark.parametrize(
    ("shards", "scaling", "rendered"),
    [
        ("Auto", None, {"mode": "Auto", "minimum": 1}),
        ("Auto", {"maxReplicas": 4}, {"mode": "Auto", "minimum": 4}),
        (16, {"maxReplicas": 4}, {"mode": "Fixed", "count": 16}),
    ],
)
def test_shards(shards: Any, scaling: Any, rendered: dict[str, Any]) -> None:
    spec = {"discord": {"shards": shards}} | ({"autoscaling": scaling} if scaling else {})
    assert content(effective_bot(spec=spec))["discord"]["shards"] == rendered


def test_with_interactions_there_are_no_shards() -> None:
    section = content(effective_bot(spec=BY_HTTP))["discord"]
    assert section["delivery"] == "Interactions"
    assert "shards" not in section
    # Bots of a release before there was a choice refuse a field that they don't know.
    assert "delivery" not in content(effective_bot(spec={"discord": {"delivery": "Gateway"}}))["discord"]


@pytest.mark.parametrize(
    ("state", "strategy"),
    [({}, "Recreate"), ({"postgresql": SHARED["postgresql"]}, "RollingUpdate"), (SHARED, "RollingUpdate")],
)
def test_pods_that_discord_posts_to_stand_side_by_side_where_nothing_lies_in_them(
    state: dict[str, Any], strategy: str
) -> None:
    deployment = _child("Deployment", spec=BY_HTTP, class_spec={"state": state})
    assert deployment["spec"]["strategy"]["type"] == strategy


def test_the_ingress_leads_to_one_path_of_one_bot() -> None:
    assert _child("Ingress", spec=BY_HTTP, class_spec={"interactions": HOST})["spec"] == {
        "tls": [{"hosts": ["bots.example.com"]}],
        "rules": [
            {
                "host": "bots.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/default/hello/interactions",
                            "pathType": "Exact",
                            "backend": {"service": {"name": "bot-hello", "port": {"name": "http"}}},
                        }
                    ]
                },
            }
        ],
    }
    more = {"ingressClassName": "nginx", "tlsSecretName": "bots-tls", "annotations": {"a.example/b": "c"}}
    given = _child("Ingress", spec=BY_HTTP, class_spec={"interactions": {**HOST, **more}})
    assert given["metadata"]["annotations"] == {"a.example/b": "c"}
    assert given["spec"]["ingressClassName"] == "nginx"
    assert given["spec"]["tls"] == [{"hosts": ["bots.example.com"], "secretName": "bots-tls"}]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("1024Mi", "1Gi"),
        ("1000Mi", "1000Mi"),
        ("1.5Gi", "1536Mi"),
        ("1500m", "1500m"),
        ("2000m", "2"),
        (2, "2"),
        ("0.1", "100m"),
        ("1000k", "1M"),
        ("0", "0"),
        ("0.0001", "1m"),
        ("1024", "1024"),
    ],
)
def test_quantities_are_written_as_the_api_server_does(written: int | str, stored: str) -> None:
    assert canonical(written) == stored
