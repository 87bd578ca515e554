"""What the soak makes of what it saw."""

from __future__ import annotations

from typing import Any

import pytest
from editors import writers
from following import Following
from replicas import our_hold, our_writes
from soaking import passed

GOOD = {
    "ours_to_spec": 0,
    "our_hold": [],
    "ours": {"status": 9},
    "edits": {"HPA": 3, "GitOps": 2, "kubectl scale": 2},
    "restarts": {"leader killed": 1},
}


def event(agent: str, *, uri: str = "", **ref: str) -> dict[str, Any]:
    return {
        "verb": "patch",
        "userAgent": agent,
        "requestURI": uri,
        "objectRef": {"resource": "botinstances", "namespace": "bots", **ref},
        "responseStatus": {"code": 200},
    }


def test_a_write_of_ours_to_anything_but_the_status_is_counted_as_one_to_the_spec() -> None:
    agent = "botpod-operator (botpod-operator-a)"
    events = [
        event(agent, subresource="status"),
        event(agent, subresource="scale"),
        event(agent),
        event("kubectl/v1.34.4"),
        event(agent, namespace="others"),
    ]
    assert our_writes(events, namespace="bots") == {"status": 1, "scale": 1, "spec": 1}


def test_who_holds_the_spec_is_told_by_its_fields_owners() -> None:
    def entry(manager: str, **fields: object) -> dict[str, Any]:
        return {"manager": manager, "fieldsV1": {f"f:{name}": what for name, what in fields.items()}}

    others = [entry("kubectl", spec={"f:replicas": {}}), entry("botpod-operator", status={})]
    assert not our_hold({"metadata": {"managedFields": others}})
    ours = entry("botpod-operator", spec={"f:replicas": {}})
    assert our_hold({"metadata": {"managedFields": [*others, ours]}}) == {"botpod-operator"}


def test_edits_are_told_apart_by_who_made_them() -> None:
    events = [
        event("kube-controller-manager/v1.34.4 (linux/amd64)", subresource="scale"),
        event("kubectl/v1.34.4", subresource="scale"),
        event("kubectl/v1.34.4", uri="/apis/x?fieldManager=argocd-controller&force=true"),
        event("botpod-operator (a)", subresource="status"),
    ]
    assert writers(events) == {"HPA": 1, "kubectl scale": 1, "GitOps": 1}


def test_a_deployment_is_behind_until_it_has_what_its_bot_wants() -> None:
    seen = Following()
    seen.look({"a": 1}, {"a": 1}, now=0.0)
    seen.look({"a": 4}, {"a": 1}, now=1.0)
    seen.look({"a": 5}, {"a": 4}, now=3.0)
    assert seen.behind(now=3.5) == 2.5
    seen.look({"a": 5}, {"a": 5}, now=4.0)
    seen.look({"a": 2}, {"a": 2}, now=5.0)
    assert (seen.swings, seen.lags, seen.behind(now=9.0)) == (3, [3.0, 0.0], 0.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ours_to_spec": 1},
        {"our_hold": ["botpod-operator"]},
        {"ours": {}},
        {"edits": {"GitOps": 2, "kubectl scale": 2}},
        {"restarts": {}},
    ],
)
def test_a_soak_passes_only_if_nothing_of_ours_wrote_and_everybody_else_did(wrong: dict[str, Any]) -> None:
    assert passed(GOOD)
    assert not passed({**GOOD, **wrong})
