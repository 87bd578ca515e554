"""Whatever an owner overrides, the pods are admitted where Pod Security enforces the restricted level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crdrules import bot, refusal, said
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import effective_bot

from botpod_operator.desired.objects import desired_objects

if TYPE_CHECKING:
    from apiserver import ApiServer

NAMESPACE = "restricted"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods?dryRun=All"
NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
KEYS = st.builds(
    "{}{}".format, st.sampled_from(["", "example.org/", "cluster-autoscaler.kubernetes.io/"]), NAMES
)
AMOUNTS = st.sampled_from(["250m", "1", "64Mi", "2Gi", 3])
TERM = {"labelSelector": {"matchLabels": {"a": "b"}}, "topologyKey": "zone"}
OVERRIDES = st.fixed_dictionaries(
    {},
    optional={
        "resources": st.fixed_dictionaries(
            {}, optional={"requests": st.dictionaries(st.just("memory"), AMOUNTS)}
        ),
        "nodeSelector": st.dictionaries(KEYS, NAMES, max_size=3),
        "tolerations": st.lists(
            st.sampled_from(
                [
                    {"operator": "Exists"},
                    {"key": "a", "operator": "Equal", "value": "b", "effect": "NoSchedule"},
                    {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5},
                ]
            ),
            max_size=2,
        ),
        "affinity": st.sampled_from(
            [{}, {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [TERM]}}]
        ),
        "topologySpreadConstraints": st.lists(
            st.just({"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}), max_size=1
        ),
        "priorityClassName": st.just("high"),
        "labels": st.dictionaries(KEYS, NAMES, max_size=3),
        "annotations": st.dictionaries(KEYS, st.text('abc {}:"', max_size=20), max_size=3),
        "imagePullSecrets": st.lists(
            st.builds(dict, name=NAMES), max_size=2, unique_by=lambda ref: ref["name"]
        ),
        "env": st.lists(
            st.builds(
                dict,
                name=st.sampled_from(["TZ", "PATH", "LD_PRELOAD", "HOME"]),
                value=st.text("a/$(){}", max_size=9),
            ),
            max_size=2,
            unique_by=lambda variable: variable["name"],
        ),
    },
)
CLASSES = st.sampled_from(
    [
        {},
        {"state": {"volume": {"size": "1Gi"}}},
        {"state": {"redis": {"url": "redis://r:6379/0"}, "postgresql": {"url": "postgresql://b@p/b"}}},
    ]
)


@pytest.fixture(scope="module")
def restricted(cluster: ApiServer) -> ApiServer:
    """An API server with a namespace that admits restricted pods only."""
    enforce = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": enforce}},
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "bot-hello", "namespace": NAMESPACE},
        },
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": "high"},
            "value": 1000,
        },
    )
    return cluster


def _pod(overrides: dict[str, Any], of_class: dict[str, Any]) -> dict[str, Any]:
    effective = effective_bot(spec={"pod": overrides}, class_spec=of_class, namespace=NAMESPACE)
    deployment = desired_objects(effective)[-1]
    template = deployment["spec"]["template"]
    metadata = {**template["metadata"], "name": "tried", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(overrides=OVERRIDES, of_class=CLASSES)
@pytest.mark.req("CP-72")
def test_what_the_api_takes_is_admitted(
    restricted: ApiServer, overrides: dict[str, Any], of_class: dict[str, Any]
) -> None:
    assert refusal(restricted, bot({"pod": overrides})) == ""
    assert said(restricted, "POST", PODS, _pod(overrides, of_class)) == ""


def test_pod_security_is_enforced_there(restricted: ApiServer) -> None:
    """Otherwise the test above would show nothing."""
    pod = _pod({}, {})
    pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    assert 'violates PodSecurity "restricted' in said(restricted, "POST", PODS, pod)


@pytest.mark.parametrize(
    "field", ["securityContext", "hostNetwork", "volumes", "containers", "hostPID", "runtimeClassName"]
)
def test_there_is_no_field_for_anything_else(restricted: ApiServer, field: str) -> None:
    assert f'unknown field "spec.pod.{field}"' in refusal(restricted, bot({"pod": {field: {}}}))
