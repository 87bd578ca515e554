from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from helmchart import NAMESPACE, Installed, Objects, Question, render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

BOTS = {"watch": {"namespaces": ["bots"]}}


def rules(objects: Objects) -> Iterator[dict[str, Any]]:
    for thing in (*objects.of("Role"), *objects.of("ClusterRole")):
        yield from thing["rules"]


def test_no_right_has_a_wildcard(variant: Objects) -> None:
    for rule in rules(variant):
        assert not {"*"} & {word for words in rule.values() for word in words}, rule


def test_secrets_are_neither_listed_nor_watched(variant: Objects) -> None:
    for rule in rules(variant):
        if "secrets" in rule["resources"]:
            assert not {"list", "watch", "deletecollection"} & set(rule["verbs"])


def test_rights_over_bots_end_at_the_watched_namespaces() -> None:
    objects = render(BOTS)
    where = {role["metadata"]["namespace"] for role in objects.of("Role", component="operator")}
    assert where == {NAMESPACE, "bots"}
    cluster_wide = {
        resource
        for role in objects.of("ClusterRole", component="operator")
        for rule in role["rules"]
        for resource in rule["resources"]
    }
    assert cluster_wide == {"botclasses", "botclasses/status"}


def test_all_namespaces_must_be_asked_for() -> None:
    objects = render({"watch": {"allNamespaces": True}})
    assert any(
        "secrets" in rule["resources"]
        for role in objects.of("ClusterRole", component="operator")
        for rule in role["rules"]
    )
    assert objects.operator_file()["watch"] == {"allNamespaces": True}


@pytest.mark.req("AC-32")
@pytest.mark.attack("forged_status")
def test_no_role_for_people_lets_them_write_a_status() -> None:
    """It is what the operator goes by: what was accepted before, which credentials were good."""
    roles = render({}).of("ClusterRole", component="people")
    assert {role["metadata"]["name"].rpartition("-")[2] for role in roles} == {"view", "edit"}
    for role in roles:
        for rule in role["rules"]:
            if "botinstances/status" in rule["resources"]:
                assert set(rule["verbs"]) <= {"get", "list", "watch"}


NEEDED = [
    *(
        Question(verb, resource, namespace)
        for namespace in (NAMESPACE, "bots")
        for verb, resource in (
            *((verb, "apps:deployments") for verb in ("get", "list", "watch", "create", "patch", "delete")),
            ("watch", "botpod.dev:botinstances"),
            ("patch", "botpod.dev:botinstances/status"),
            ("get", "secrets"),
            ("patch", "secrets"),
            ("get", "namespaces"),
            ("create", "serviceaccounts/token"),
            ("list", "pods"),
            ("patch", "pods"),
            ("create", "events.k8s.io:events"),
        )
    ),
    Question("create", "coordination.k8s.io:leases", NAMESPACE),
    Question("update", "coordination.k8s.io:leases", NAMESPACE, name="botpod-operator"),
    Question("watch", "botpod.dev:botclasses"),
    Question("patch", "botpod.dev:botclasses/status", name="other"),
    Question("create", "botpod.dev:botclasses", name="default"),
    Question("patch", "botpod.dev:botclasses", name="default"),
]
REFUSED = [
    *(
        Question(verb, resource, namespace)
        for namespace in (NAMESPACE, "bots")
        for verb, resource in (
            ("list", "secrets"),
            ("watch", "secrets"),
            ("delete", "secrets"),
            ("delete", "persistentvolumeclaims"),
            ("delete", "botpod.dev:botinstances"),
            ("update", "botpod.dev:botinstances/status"),
            ("watch", "pods"),
            ("list", "namespaces"),
            ("patch", "namespaces"),
            ("delete", "pods"),
            ("create", "pods"),
            ("create", "pods/exec"),
            ("create", "rbac.authorization.k8s.io:rolebindings"),
        )
    ),
    Question("update", "coordination.k8s.io:leases", NAMESPACE, name="of-somebody-else"),
    Question("update", "coordination.k8s.io:leases", "bots"),
    Question("get", "secrets", "elsewhere"),
    Question("get", "namespaces", "elsewhere"),
    Question("list", "botpod.dev:botinstances", "elsewhere"),
    Question("get", "nodes"),
    Question("patch", "botpod.dev:botclasses", name="other"),
    Question("delete", "botpod.dev:botclasses", name="default"),
    Question("update", "botpod.dev:botclasses/status", name="default"),
]


def test_the_api_server_grants_the_operator_what_it_needs_and_no_more(installed: Installed) -> None:
    installed.upgrade(BOTS)
    assert installed.allowed([*NEEDED, *REFUSED]) == NEEDED
