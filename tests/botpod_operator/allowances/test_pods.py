"""What owners may change about image and pods: nothing unless the class lists it, each with its sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import class_spec, spec

from botpod_operator.allowances.judge import violations
from botpod_operator.allowances.violation import Asked, Violation

OWN_PODS = {
    "labelSelector": {"matchLabels": {"botpod.dev/bot": "hello"}},
    "topologyKey": "kubernetes.io/hostname",
}
OTHERS = {"labelSelector": {"matchLabels": {"app": "payments"}}, "topologyKey": "kubernetes.io/hostname"}
HARD, SOFT = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)


def _found(
    pod: dict[str, Any] | None = None, allow: dict[str, Any] | None = None, **instance: Any
) -> tuple[Violation, ...]:
    of_class = class_spec(**({"allow": allow} if allow is not None else {}))
    asked = spec(**instance, **({"pod": pod} if pod is not None else {}))
    return violations(Asked(name="hello", spec=asked, class_spec=of_class))


def _on_nodes(key: str, operator: str = "Exists", *values: str, hard: bool = True) -> dict[str, Any]:
    requirement = {"key": key, "operator": operator, **({"values": list(values)} if values else {})}
    term = {"matchExpressions": [requirement]}
    if hard:
        return {"affinity": {"nodeAffinity": {HARD: {"nodeSelectorTerms": [term]}}}}
    return {"affinity": {"nodeAffinity": {SOFT: [{"weight": 1, "preference": term}]}}}


def _anti(term: dict[str, Any], kind: str = "podAntiAffinity") -> dict[str, Any]:
    return {"affinity": {kind: {HARD: [term]}}}


ATTACKS: list[tuple[dict[str, Any], str]] = [
    ({"priorityClassName": "system-node-critical"}, "pod.priorityClassName:system-node-critical"),
    ({"tolerations": [{"operator": "Exists"}]}, "pod.tolerations:*:*:"),
    ({"tolerations": [{"key": "", "operator": "Exists"}]}, "pod.tolerations:*:*:"),
    ({"tolerations": [{"key": "gpu", "effect": "NoExecute"}]}, "pod.tolerations:gpu:NoExecute:"),
    (
        {"nodeSelector": {"node-role.kubernetes.io/control-plane": ""}},
        "pod.nodeSelector:node-role.kubernetes.io/control-plane=",
    ),
    (
        _on_nodes("node-role.kubernetes.io/control-plane"),
        "pod.affinity.nodeAffinity:node-role.kubernetes.io/control-plane:",
    ),
    (_on_nodes("disk", "In", "ssd", hard=False), "pod.affinity.nodeAffinity:disk:"),
    (
        {
            "affinity": {
                "nodeAffinity": {
                    HARD: {
                        "nodeSelectorTerms": [
                            {
                                "matchFields": [
                                    {"key": "metadata.name", "operator": "In", "values": ["node-1"]}
                                ]
                            }
                        ]
                    }
                }
            }
        },
        "pod.affinity.nodeAffinity:metadata.name:",
    ),
    (_anti(OTHERS), "pod.affinity.podAntiAffinity:"),
    (_anti({"topologyKey": "kubernetes.io/hostname"}), "pod.affinity.podAntiAffinity:"),
    (_anti({**OWN_PODS, "namespaceSelector": {}}), "pod.affinity.podAntiAffinity:"),
    (_anti({**OWN_PODS, "namespaces": ["payments"]}), "pod.affinity.podAntiAffinity:"),
    (_anti(OTHERS, kind="podAffinity"), "pod.affinity.podAffinity:"),
    (
        {"affinity": {"podAffinity": {SOFT: [{"weight": 1, "podAffinityTerm": OTHERS}]}}},
        "pod.affinity.podAffinity:",
    ),
    ({"affinity": {"futureAffinity": {}}}, "pod.affinity.futureAffinity:"),
    (
        {"affinity": {"nodeAffinity": {HARD: {"nodeSelectorTerms": [{"else": []}]}}}},
        "pod.affinity.nodeAffinity:",
    ),
    ({"affinity": {"nodeAffinity": {"else": []}}}, "pod.affinity.nodeAffinity:"),
    ({"affinity": {"podAntiAffinity": {"else": []}}}, "pod.affinity.podAntiAffinity:"),
    ({"affinity": {"podAntiAffinity": {HARD: ["text"]}}}, "pod.affinity.podAntiAffinity:"),
    ({"labels": {"app": "shop"}}, "pod.labels:app=shop"),
    ({"annotations": {"sidecar.istio.io/inject": "true"}}, "pod.annotations:sidecar.istio.io/inject="),
    ({"env": [{"name": "TZ", "value": "UTC"}]}, "env:TZ="),
    ({"env": [{"name": "HTTP_PROXY", "value": "http://evil"}]}, "env:HTTP_PROXY="),
]


@pytest.mark.req("AC-32")
@pytest.mark.parametrize(("pod", "code"), ATTACKS, ids=str)
@pytest.mark.attack(
    "foreign_priority", "joined_service", "other_tools_annotations", "proxy_from_the_environment"
)
def test_nothing_about_the_pods_may_be_changed_that_the_class_does_not_list(
    pod: dict[str, Any], code: str
) -> None:
    for allow in (None, {}, {"pod": {}}):
        (found,) = _found(pod, allow)
        assert found.code.startswith(code)
        assert found.refused


ALLOWED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"priorityClassName": "bots"}, {"priorityClassNames": ["bots"]}),
    ({"tolerations": [{"key": "gpu", "operator": "Exists"}]}, {"tolerations": [{"key": "gpu"}]}),
    (
        {"tolerations": [{"key": "gpu", "effect": "NoSchedule"}]},
        {"tolerations": [{"key": "gpu", "effect": "NoSchedule"}]},
    ),
    ({"tolerations": [{"operator": "Exists"}]}, {"tolerations": [{"key": "*"}]}),
    ({"nodeSelector": {"disk": "ssd"}}, {"nodeSelector": [{"key": "disk"}]}),
    ({"nodeSelector": {"disk": "ssd"}}, {"nodeSelector": [{"key": "disk", "values": ["ssd", "nvme"]}]}),
    ({"nodeSelector": {"disk": "ssd"}}, {"nodeSelector": [{"key": "*"}]}),
    (_on_nodes("disk"), {"nodeSelector": [{"key": "disk"}]}),
    (_on_nodes("disk", "In", "ssd"), {"nodeSelector": [{"key": "disk", "values": ["ssd"]}]}),
    (_anti(OWN_PODS), {}),
    (_anti(OTHERS), {"affinity": ["PodAntiAffinity"]}),
    ({"labels": {"team": "a"}}, {"labels": ["team"]}),
    ({"labels": {"example.com/team": "a"}}, {"labels": ["example.com/*"]}),
    ({"annotations": {"example.com/contact": "#a"}}, {"annotations": ["example.com/*"]}),
    ({"env": [{"name": "TZ", "value": "UTC"}]}, {"env": ["TZ"]}),
    ({"env": [{"name": "APP_COLOUR", "value": "red"}]}, {"env": ["APP_*"]}),
    # Left to quotas, and to what the namespace's Secrets are.
    ({"resources": {"requests": {"cpu": "8"}}}, {}),
    (
        {
            "topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
            ]
        },
        {},
    ),
    ({"imagePullSecrets": [{"name": "pull"}]}, {}),
]


@pytest.mark.parametrize(("pod", "allow"), ALLOWED, ids=str)
def test_what_the_class_lists_may_be_set(pod: dict[str, Any], allow: dict[str, Any]) -> None:
    assert _found(pod, {"pod": allow}) == ()


NEARLY: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # Every effect is more than one effect, and no key is every key.
    (
        {"tolerations": [{"key": "gpu", "operator": "Exists"}]},
        {"tolerations": [{"key": "gpu", "effect": "NoSchedule"}]},
    ),
    ({"tolerations": [{"operator": "Exists"}]}, {"tolerations": [{"key": "gpu"}]}),
    ({"tolerations": [{"operator": "Exists"}]}, {"tolerations": [{"key": "*", "effect": "NoSchedule"}]}),
    ({"nodeSelector": {"disk": "hdd"}}, {"nodeSelector": [{"key": "disk", "values": ["ssd"]}]}),
    (_on_nodes("disk"), {"nodeSelector": [{"key": "disk", "values": ["ssd"]}]}),
    (_on_nodes("disk", "NotIn", "ssd"), {"nodeSelector": [{"key": "disk", "values": ["ssd"]}]}),
    (_on_nodes("disk", "In", "ssd", "hdd"), {"nodeSelector": [{"key": "disk", "values": ["ssd"]}]}),
    (_anti(OTHERS), {"affinity": ["PodAffinity"]}),
    ({"labels": {"teams": "a"}}, {"labels": ["team"]}),
    ({"labels": {"example.community/x": "a"}}, {"labels": ["example.com/*"]}),
    ({"env": [{"name": "tz", "value": "UTC"}]}, {"env": ["TZ"]}),
]


@pytest.mark.parametrize(("pod", "allow"), NEARLY, ids=str)
@pytest.mark.attack("foreign_priority", "joined_service", "other_tools_annotations")
def test_what_nearly_is_what_the_class_lists_may_not(pod: dict[str, Any], allow: dict[str, Any]) -> None:
    assert len(_found(pod, {"pod": allow})) == 1


@pytest.mark.req("AC-32")
@pytest.mark.attack("proxy_from_the_environment")
@pytest.mark.parametrize(
    "name",
    [
        *("HTTP_PROXY", "https_proxy", "ALL_PROXY", "no_proxy", "PYTHONPATH", "PYTHONSTARTUP", "LD_PRELOAD"),
        *("LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "REQUESTS_CA_BUNDLE", "PATH"),
        *("HOME", "OPENSSL_CONF", "GCONV_PATH", "PGSSLMODE", "OPENAI_BASE_URL", "NETRC", "GIT_SSH_COMMAND"),
    ],
)
def test_no_class_can_allow_what_the_process_trusts_or_loads(name: str) -> None:
    env = [{"name": name, "value": "x"}]
    (found,) = _found({"env": env}, {"pod": {"env": ["*", name]}})
    assert found.message == (
        f'spec.pod.env: the variable "{name}" decides whom the bot trusts or what it loads, and no BotClass '
        "can allow it; take it out."
    )


def test_each_sentence_names_the_field_the_value_and_what_would_be_allowed() -> None:
    found = _found(
        {"nodeSelector": {"disk": "hdd"}, "priorityClassName": "high", "labels": {"app": "shop"}},
        {
            "images": ["registry.example/bot:*"],
            "pod": {"nodeSelector": [{"key": "disk", "values": ["ssd"]}, {"key": "zone"}]},
        },
        image="registry.evil/bot:1",
    )
    others = "take it out, or have the platform team list it in allow.pod"
    assert [one.message for one in found] == [
        (
            'spec.image: "registry.evil/bot:1" is not allowed by BotClass "default", which has '
            "registry.invalid/bot:1, registry.example/bot:*; leave it out, or have the platform team list it "
            "in allow.images."
        ),
        (
            'spec.pod.priorityClassName: "high" is not allowed by BotClass "default", which lists none; '
            f"{others}.priorityClassNames."
        ),
        (
            'spec.pod.nodeSelector: "disk=hdd" is not allowed by BotClass "default", which lists disk=ssd, '
            f"zone; {others}.nodeSelector."
        ),
        (
            'spec.pod.labels: "app=shop" is not allowed by BotClass "default", which lists none; '
            f"{others}.labels."
        ),
    ]


def test_the_classs_own_image_may_always_be_named() -> None:
    assert _found(image="registry.invalid/bot:1") == ()
    assert [one.code for one in _found(image="registry.invalid/bot:2")] == ["image:registry.invalid/bot:2"]


def test_no_value_of_a_variable_or_an_annotation_is_repeated() -> None:
    (variable,) = _found({"env": [{"name": "TZ", "value": "hunter2"}]})
    (annotation,) = _found({"annotations": {"a": "hunter2"}})
    assert "hunter2" not in repr((variable, annotation))


@pytest.mark.parametrize("field", ["env", "annotations"])
def test_another_value_is_another_violation(field: str) -> None:
    def code(value: str) -> str:
        pod = {"env": [{"name": "TZ", "value": value}]} if field == "env" else {field: {"TZ": value}}
        (found,) = _found(pod)
        return found.code

    assert code("a") == code("a") != code("b")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *(HARD, SOFT, "nodeSelectorTerms", "matchExpressions", "key", "operator", "values"),
                        *("preference", "podAffinityTerm", "labelSelector", "matchLabels", "weight", "other"),
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_an_affinity_of_any_shape_is_judged(part: Any) -> None:
    """It is free for the API server: whatever somebody writes there, the look at the bot goes on."""
    for kind in ("nodeAffinity", "podAffinity", "podAntiAffinity", "else"):
        for found in _found({"affinity": {kind: part}}):
            assert found.code.startswith(f"pod.affinity.{kind}:")


def test_the_shared_hosts_private_key_is_left_out_and_nothing_refused() -> None:
    of_class = class_spec(interactions={"host": "bots.example.com", "tlsSecretName": "bots-tls"})
    posted = Asked(name="hello", spec=spec(discord={"delivery": "Interactions"}), class_spec=of_class)
    (found,) = violations(posted)
    assert (found.code, found.refused) == ("interactions.tlsSecretName:bots-tls", False)
    assert violations(Asked(name="hello", spec=spec(), class_spec=of_class)) == ()
