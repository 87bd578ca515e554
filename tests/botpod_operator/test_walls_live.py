"""What one team gets of another's class, and of its own beyond what that allows: on a real API server."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from world import REFRESH, STATE, conditions

if TYPE_CHECKING:
    from world import Object, World

PASSWORD = "of-every-team"
EVIL = "registry.evil/bot:1"
KINDS = "serviceaccounts,secrets,configmaps,services,deployments,networkpolicies,ingresses,pdb,hpa,pvc"


def _class_of_another_team(world: World, **spec: Any) -> None:
    """Apply a class with passwords that is for nobody of this namespace."""
    name = f"payments-{world.namespace}"
    world.cluster.kubectl(
        *(
            "create",
            "secret",
            "generic",
            name,
            "-n",
            world.own_namespace,
            f"--from-literal=password={PASSWORD}",
        )
    )
    secret = {"passwordSecretRef": {"name": name}}
    state = {kind: {**address, **secret} for kind, address in STATE.items()}
    world.botclass(state=state, **{"allowedNamespaces": {"names": ["payments"]}, **spec})


def _of_bots(world: World) -> list[str]:
    """Return what there is of any bot in the namespace."""
    found = world.cluster.get(KINDS, "-n", world.namespace)["items"]
    return [
        f"{one['kind']}/{one['metadata']['name']}" for one in found if one["metadata"]["name"][:4] == "bot-"
    ]


def _as_of_the_version_before(world: World, **status: Any) -> None:
    """Write the status that an operator before the allow-lists would have written of the bot as it is."""
    generation = (world.get("botinstance", "hello") or {})["metadata"]["generation"]
    accepted = {
        "type": "Accepted",
        "status": "True",
        "reason": "Accepted",
        "message": "The BotInstance and its BotClass fit together.",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "observedGeneration": generation,
    }
    change = {"status": {"tolerated": None, "conditions": [accepted], **status}}
    world.cluster.kubectl(
        *("patch", "bot", "hello", "-n", world.namespace, "--subresource=status", "--type=merge"),
        *("-p", json.dumps(change)),
    )


def _warnings(world: World, reason: str) -> list[str]:
    events = world.cluster.get("events", "-n", world.namespace)["items"]
    return [one["message"] for one in events if one["type"] == "Warning" and one["reason"] == reason]


def _token(secret: Object) -> str:
    return base64.b64decode(secret["data"]["discord-token"]).decode()


def _image(deployment: Object) -> str:
    image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


@pytest.mark.req("AC-31", "AC-32")
@pytest.mark.parametrize(
    "delivery",
    [
        pytest.param("Secret", marks=pytest.mark.attack("foreign_class")),
        pytest.param("Direct", marks=pytest.mark.attack("foreign_class_direct")),
    ],
)
@pytest.mark.parametrize(
    "allowed",
    [None, {}, {"names": ["payments"]}, {"selector": {"matchLabels": {"team": "payments"}}}],
    ids=str,
)
@pytest.mark.attack("foreign_class", "foreign_class_direct")
def test_another_teams_class_gives_nothing_at_all(
    world: World, delivery: str, allowed: dict[str, Any] | None
) -> None:
    _class_of_another_team(world, allowedNamespaces=allowed)
    world.credentials()
    vault = {"path": f"bots/{world.namespace}/hello"}
    credentials = {"vault": vault, "delivery": delivery, "refreshInterval": REFRESH}
    world.bot(credentials=credentials, image=EVIL, skills=[{"name": "dance"}])
    said = world.condition("Accepted", reason="ClassNotAllowed")
    assert said["message"] == (
        f'spec.className: BotClass "{world.namespace}" is not for bots of namespace "{world.namespace}"; '
        "name a class that is, or have the platform team list this namespace in its allowedNamespaces."
    )
    assert _warnings(world, "ClassNotAllowed") == [said["message"]]
    # Nothing of what the class has or lists. No account to make a token for, no Secret, no pod.
    assert _of_bots(world) == []
    bot = world.get("botinstance", "hello") or {}
    assert "credentials" not in bot["status"]
    assert "effective" not in bot["status"]


@pytest.mark.req("AC-31", "AC-32")
@pytest.mark.attack("foreign_class_after_edit")
def test_an_edit_to_another_teams_class_gives_nothing_either(world: World) -> None:
    _class_of_another_team(world)
    payments = world.cluster.get("botclass", world.namespace)["spec"]
    theirs = f"payments-{world.namespace}"
    world.cluster.apply(
        {
            "apiVersion": "botpod.dev/v1alpha1",
            "kind": "BotClass",
            "metadata": {"name": theirs},
            "spec": payments,
        }
    )
    world.botclass()
    world.credentials()
    world.bot()
    world.condition("Accepted", reason="Accepted")
    before = world.eventually("secret", "bot-hello", lambda _: True)
    deployment = world.eventually("deployment", "bot-hello", lambda _: True)
    world.bot(className=theirs)
    assert theirs in world.condition("Accepted", reason="ClassNotAllowed")["message"]
    after = world.get("secret") or {}
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert "redis-password" not in after["data"]
    unchanged = world.get("deployment") or {}
    assert unchanged["metadata"]["resourceVersion"] == deployment["metadata"]["resourceVersion"]


def test_the_operators_own_namespace_may_use_every_class(world: World) -> None:
    world.botclass(allowedNamespaces=None)
    world.cluster.apply(
        {
            "apiVersion": "botpod.dev/v1alpha1",
            "kind": "BotInstance",
            "metadata": {"name": world.namespace, "namespace": world.own_namespace},
            "spec": {"className": world.namespace, "credentials": {"secretRef": {"name": "none"}}},
        }
    )
    here = type(world)(
        cluster=world.cluster,
        vault=world.vault,
        namespace=world.own_namespace,
        own_namespace=world.own_namespace,
    )
    assert here.condition("Accepted", name=world.namespace, reason="Accepted")["status"] == "True"


def test_who_loses_a_class_keeps_the_pods_and_gets_nothing_new(world: World) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    before = world.eventually("deployment", "bot-hello", lambda _: True)
    world.condition("Accepted", reason="Accepted")
    world.botclass(allowedNamespaces=None)
    world.condition("Accepted", reason="ClassNotAllowed")
    world.credentials(discord_token="token-2")
    world.bot(instructions="Another look.")
    world.condition("Accepted", reason="ClassNotAllowed")
    secret = world.get("secret") or {}
    assert _token(secret) == "token-1"
    after = world.get("deployment") or {}
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    # And all of it once the class is for them again.
    world.botclass()
    world.eventually("secret", "bot-hello", lambda found: _token(found) == "token-2")


def test_a_label_of_the_namespace_decides_within_a_minute(world: World) -> None:
    label = ("label", "namespace", world.namespace, "--overwrite")
    world.cluster.kubectl(*label, "bots=yes")
    world.botclass(allowedNamespaces={"selector": {"matchLabels": {"bots": "yes"}}})
    world.credentials()
    world.bot()
    world.condition("Accepted", reason="Accepted")
    world.cluster.kubectl(*label, "bots=no")
    world.condition("Accepted", reason="ClassNotAllowed", seconds=60)
    world.cluster.kubectl(*label, "bots=yes")
    world.condition("Accepted", reason="Accepted", seconds=60)  # nothing else tells of it


@pytest.mark.req("AC-31", "AC-32")
@pytest.mark.attack(
    "foreign_image",
    "foreign_priority",
    "joined_service",
    "other_tools_annotations",
    "proxy_from_the_environment",
)
def test_everything_that_is_not_allowed_is_said_at_once_and_touches_nothing(world: World) -> None:
    world.botclass()
    world.credentials()
    world.bot()
    before = world.eventually("deployment", "bot-hello", lambda _: True)
    world.bot(
        image=EVIL,
        skills=[{"name": "dance"}],
        pod={
            "priorityClassName": "system-node-critical",
            "tolerations": [{"operator": "Exists"}],
            "nodeSelector": {"node-role.kubernetes.io/control-plane": ""},
            "labels": {"app": "shop"},
            "annotations": {"sidecar.istio.io/inject": "true"},
            "env": [{"name": "HTTP_PROXY", "value": "http://registry.evil"}],
        },
    )
    said = world.condition("Accepted", reason="ImageNotAllowed")["message"]
    for field in (
        *("spec.image", "spec.pod.priorityClassName", "spec.pod.tolerations", "spec.pod.nodeSelector"),
        *("spec.pod.labels", "spec.pod.annotations", "spec.pod.env", "spec.skills"),
    ):
        assert f"{field}: " in said
    after = world.get("deployment") or {}
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_what_the_class_allows_reaches_the_pods(world: World) -> None:
    world.botclass(
        allow={
            "images": ["registry.example/bots/*"],
            "pod": {
                "priorityClassNames": ["system-cluster-critical"],
                "tolerations": [{"key": "dedicated"}],
                "nodeSelector": [{"key": "disk", "values": ["ssd"]}],
                "labels": ["team"],
                "annotations": ["example.com/*"],
                "env": ["TZ"],
            },
        }
    )
    world.credentials()
    world.bot(
        image="registry.example/bots/chess:1",
        pod={
            "priorityClassName": "system-cluster-critical",
            "tolerations": [{"key": "dedicated", "operator": "Exists"}],
            "nodeSelector": {"disk": "ssd"},
            "labels": {"team": "a"},
            "annotations": {"example.com/contact": "#a"},
            "env": [{"name": "TZ", "value": "UTC"}],
        },
    )
    world.condition("Accepted", reason="Accepted")
    deployment = world.eventually("deployment", "bot-hello", lambda _: True)
    assert _image(deployment) == "registry.example/bots/chess:1"
    assert deployment["spec"]["template"]["spec"]["nodeSelector"] == {"disk": "ssd"}


@pytest.mark.attack("foreign_class_after_edit", "foreign_image")
def test_a_bot_of_the_version_before_goes_on_with_a_warning_and_nothing_is_added(world: World) -> None:
    pod = {"labels": {"app": "shop"}}
    world.botclass(allowedNamespaces=None, allow=None)
    world.credentials()
    world.bot(image=EVIL, pod=pod)
    world.condition("Accepted", reason="ClassNotAllowed")
    assert (world.get("botinstance", "hello") or {})["status"]["tolerated"] == []

    _as_of_the_version_before(world)
    said = world.condition("Accepted", reason="WillBeRefused")
    assert said["status"] == "True"
    assert said["message"].startswith("It goes on as before, but not from version 0.3 on. spec.className: ")
    assert f'spec.image: "{EVIL}" is not allowed' in said["message"]
    assert 'spec.pod.labels: "app=shop" is not allowed' in said["message"]
    codes = [f"class:{world.namespace}", f"image:{EVIL}", "pod.labels:app=shop"]
    assert (world.get("botinstance", "hello") or {})["status"]["tolerated"] == codes
    deployment = world.eventually("deployment", "bot-hello", lambda _: True)
    assert _image(deployment) == EVIL

    # What is new is refused at once, and an edit back is none.
    world.bot(image="registry.evil/bot:2", pod=pod)
    assert "registry.evil/bot:2" in world.condition("Accepted", reason="ImageNotAllowed")["message"]
    world.bot(image=EVIL, pod=pod)
    world.condition("Accepted", reason="WillBeRefused")

    # What is mended can't come back.
    world.bot(pod=pod)
    assert EVIL not in world.condition("Accepted", reason="WillBeRefused")["message"]
    world.bot(image=EVIL, pod=pod)
    world.condition("Accepted", reason="ImageNotAllowed")
    assert len(_warnings(world, "WillBeRefused")) >= 1


@pytest.mark.req("AC-31", "AC-32")
@pytest.mark.attack("forged_status")
def test_a_bot_made_anew_is_of_no_version_before_whatever_status_it_brings_along(world: World) -> None:
    world.botclass(allowedNamespaces=None)
    world.credentials()
    world.bot()
    world.condition("Accepted", reason="ClassNotAllowed")
    _as_of_the_version_before(world)
    world.condition("Accepted", reason="WillBeRefused")
    bot = world.get("botinstance", "hello") or {}
    world.cluster.kubectl("delete", "bot", "hello", "-n", world.namespace)
    world.cluster.apply(
        {
            "apiVersion": bot["apiVersion"],
            "kind": bot["kind"],
            "metadata": {"name": "hello", "namespace": world.namespace},
            "spec": bot["spec"],
            "status": bot["status"],
        }
    )
    world.condition("Accepted", reason="ClassNotAllowed")
    assert (world.get("botinstance", "hello") or {})["status"]["tolerated"] == []


def test_a_class_may_tolerate_nothing(world: World) -> None:
    world.botclass(allowedNamespaces=None, allow={"tolerateExisting": False})
    world.credentials()
    world.bot()
    world.condition("Accepted", reason="ClassNotAllowed")
    _as_of_the_version_before(world)
    world.eventually(
        "botinstance",
        "hello",
        lambda bot: (
            conditions(bot)["Accepted"]["reason"] == "ClassNotAllowed" and "tolerated" in bot["status"]
        ),
    )
    assert _of_bots(world) == []


@pytest.mark.req("AC-31", "AC-32")
@pytest.mark.attack("private_key_of_the_host")
def test_no_namespace_of_a_bot_needs_the_private_key_of_the_host_of_all(world: World) -> None:
    world.botclass(state=STATE, interactions={"host": "bots.example.com", "tlsSecretName": "bots-tls"})
    world.credentials()
    world.bot(discord={"delivery": "Interactions"})
    ingress = world.eventually("ingress", "bot-hello", lambda _: True)
    assert ingress["spec"]["tls"] == [{"hosts": ["bots.example.com"]}]
    assert world.condition("Accepted", reason="Accepted")["status"] == "True"

    # One that an operator before made keeps what it has.
    _as_of_the_version_before(world)
    said = world.condition("Accepted", reason="WillBeRefused")
    assert "have the platform team end TLS at the Ingress controller" in said["message"]
    world.eventually(
        "ingress", "bot-hello", lambda found: found["spec"]["tls"][0].get("secretName") == "bots-tls"
    )
