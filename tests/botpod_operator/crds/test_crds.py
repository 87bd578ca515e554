"""What the API server makes of both resources: bounds, defaults, explanations, the scale subresource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from apiserver import Refused
from crdrules import bot, botclass, refusal

if TYPE_CHECKING:
    from apiserver import ApiServer

TOKEN = {"name": "discord-token", "kind": "DiscordToken"}


def _keys(*keys: dict[str, str]) -> dict[str, Any]:
    return {"credentials": {"secretRef": {"name": "mine"}, "keys": list(keys)}}


BOUNDS = [
    pytest.param(_keys(TOKEN), _keys(TOKEN, TOKEN), "spec.credentials.keys[1]: Duplicate value", id="key"),
    pytest.param(
        {"autoscaling": {"maxReplicas": 1}},
        {"autoscaling": {"minReplicas": 1}},
        "spec.autoscaling.maxReplicas: Required value",
        id="autoscaling most",
    ),
    pytest.param(
        {"autoscaling": {"maxReplicas": 1, "behavior": {"scaleDown": {"stabilizationWindowSeconds": 9}}}},
        {"autoscaling": {"maxReplicas": 1, "behavior": {"scaleSideways": {}}}},
        'unknown field "spec.autoscaling.behavior.scaleSideways"',
        id="autoscaling behaviour",
    ),
    pytest.param(
        {"discord": {"applicationId": "123456789012345678"}},
        {"discord": {"applicationId": "Botpod"}},
        "spec.discord.applicationId: Invalid value",
        id="application",
    ),
    pytest.param({"flags": {"a": False}}, {"flags": {"a": "off"}}, "must be of type boolean", id="flag"),
    pytest.param(
        {"flags": {f"f{number}": True for number in range(32)}},
        {"flags": {f"f{number}": True for number in range(33)}},
        "spec.flags: Too many",
        id="flags",
    ),
    pytest.param(
        {"pod": {"resources": {"limits": {"memory": "1Gi", "cpu": 2}}}},
        {"pod": {"resources": {"limits": {"memory": "plenty"}}}},
        "spec.pod.resources.limits.memory",
        id="quantity",
    ),
    pytest.param({"replicas": 0}, {"replicas": -1}, "spec.replicas", id="replicas"),
    pytest.param(
        {"skills": [{"name": "chat"}]},
        {"skills": [{"name": "chat"}, {"name": "chat"}]},
        "spec.skills[1]: Duplicate value",
        id="skill twice",
    ),
    pytest.param(
        {"logging": {"levels": {"nextcord": "WARNING"}}},
        {"logging": {"levels": {"nextcord": "LOUD"}}},
        'supported values: "DEBUG", "INFO", "WARNING", "ERROR"',
        id="log level",
    ),
    pytest.param(
        {"limits": {"maxInputCharacters": 4000}},
        {"limits": {"maxInputCharacters": 4001}},
        "spec.limits.maxInputCharacters",
        id="input",
    ),
    pytest.param({"commandPrefix": "!"}, {"commandPrefix": "! "}, "spec.commandPrefix", id="prefix"),
]

CLASS_BOUNDS = [
    pytest.param(
        {"discord": {"apiUrl": "https://discord.com/api/v10"}},
        {"discord": {"apiUrl": "https://user:secret@discord.com/api/v10"}},
        "spec.discord.apiUrl",
        id="no user in an address",
    ),
    *(
        pytest.param(
            {"allow": {"images": [whole]}},
            {"allow": {"images": [look_alike]}},
            "spec.allow.images[0]",
            id=f"image {look_alike}",
            marks=pytest.mark.attack("look_alike_image"),
        )
        for whole, look_alike in (
            ("registry.example/bots/*", "registry.example/bots*"),
            ("registry.example/bot:*", "registry.example/bot:1*"),
            ("registry.example/bot@*", "registry.example/*/bot"),
            ("*", "**"),
        )
    ),
    pytest.param(
        {"allowedNamespaces": {"names": ["*"]}},
        {"allowedNamespaces": {"names": ["team-*"]}},
        "spec.allowedNamespaces.names[0]",
        id="namespaces are named whole",
    ),
    pytest.param(
        {"skills": ["chat"]}, {"skills": ["chat", "chat"]}, "spec.skills[1]: Duplicate", id="skills"
    ),
]


@pytest.mark.parametrize(("accepted", "refused", "sentence"), BOUNDS)
def test_botinstance_bounds(
    cluster: ApiServer, accepted: dict[str, Any], refused: dict[str, Any], sentence: str
) -> None:
    assert refusal(cluster, bot(accepted)) == ""
    assert sentence in refusal(cluster, bot(refused))


@pytest.mark.parametrize(("accepted", "refused", "sentence"), CLASS_BOUNDS)
def test_botclass_bounds(
    cluster: ApiServer, accepted: dict[str, Any], refused: dict[str, Any], sentence: str
) -> None:
    assert refusal(cluster, botclass(accepted)) == ""
    assert sentence in refusal(cluster, botclass(refused))


def test_credentials_are_required(cluster: ApiServer) -> None:
    manifest = bot({})
    del manifest["spec"]["credentials"]
    assert "spec.credentials: Required value" in refusal(cluster, manifest)


def test_a_misspelt_field_is_refused_by_kubectl(cluster: ApiServer) -> None:
    manifest = yaml.safe_dump(bot({"replica": 2}))
    with pytest.raises(Refused, match=r'unknown field "spec\.replica"'):
        cluster.kubectl("apply", "--dry-run=server", "-f", "-", stdin=manifest)


def test_three_lines_are_a_valid_bot_and_nothing_a_class_may_set_is_filled_in(cluster: ApiServer) -> None:
    cluster.apply(bot({}, name="bare"))
    try:
        spec = cluster.get("bot", "bare")["spec"]
    finally:
        cluster.kubectl("delete", "bot", "bare")
    assert spec == {
        "className": "default",
        "credentials": {"delivery": "Secret", "refreshInterval": "30s", "secretRef": {"name": "mine"}},
        "replicas": 1,
        "suspend": False,
    }


def test_a_bot_that_nobody_looked_at_yet_says_so(cluster: ApiServer) -> None:
    """To kstatus an object without a status is done."""
    manifest = bot({}, name="unseen")
    cluster.apply(manifest)
    try:
        assert cluster.get("bot", "unseen")["status"] == {"observedGeneration": -1}
    finally:
        cluster.kubectl("delete", "bot", "unseen")


def test_explain_says_what_a_field_is_for_and_what_can_never_change(cluster: ApiServer) -> None:
    said = cluster.kubectl("explain", "botinstance.spec.credentials.vault.version")
    assert "Stay at this version of the entry." in said
    said = cluster.kubectl("explain", "botinstance.spec.discord.applicationId")
    assert "Immutable once set" in said


def test_the_crds_have_no_structural_fault(cluster: ApiServer) -> None:
    for crd in ("botinstances.botpod.dev", "botclasses.botpod.dev"):
        conditions = {c["type"]: c["status"] for c in cluster.get("crd", crd)["status"]["conditions"]}
        assert conditions == {"NamesAccepted": "True", "Established": "True"}


def test_scale_goes_through_the_subresource(cluster: ApiServer) -> None:
    cluster.apply(bot({}, name="scaled"))
    try:
        cluster.kubectl("scale", "bot/scaled", "--replicas=3")
        assert cluster.get("bot", "scaled")["spec"]["replicas"] == 3
    finally:
        cluster.kubectl("delete", "bot", "scaled")
