"""Making a child where none is: never over somebody else's object, and like any other apply afterwards."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually
from prometheus_client import CollectorRegistry
from samples import DELIVERY, effective_bot, identity

from botpod_credentials.values import SecretValues
from botpod_operator.desired.manifest import head
from botpod_operator.desired.objects import desired_objects
from botpod_operator.desired.secret import secret
from botpod_operator.errors import Conflict
from botpod_operator.identity import MANAGER
from botpod_operator.kube.client import Kube
from botpod_operator.kube.kubeconfig import client_configuration
from botpod_operator.kube.resources import CHILDREN, SECRET
from botpod_operator.metrics.api import ApiMetrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from apiserver import ApiServer

    from botpod_operator.desired.manifest import Manifest

_numbers = itertools.count(1)
RESOURCES = {**CHILDREN, SECRET.kind: SECRET}
BY_HTTP: dict[str, Any] = {"discord": {"delivery": "Interactions"}}
SCALING: dict[str, Any] = {
    **head(identity(), api_version="autoscaling/v2", kind="HorizontalPodAutoscaler"),
    "spec": {
        "maxReplicas": 2,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "bot-hello"},
    },
}
DISK: dict[str, Any] = {
    **head(identity(), api_version="v1", kind="PersistentVolumeClaim"),
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
}


def _children() -> dict[str, Manifest]:
    credentials = secret(identity(), DELIVERY, SecretValues({"discord-token": "t"}))
    bot = effective_bot(spec=BY_HTTP, class_spec={"interactions": {"host": "bots.example.com"}})
    made = (*desired_objects(bot), SCALING, DISK, credentials)
    return {child["kind"]: child for child in made}


@pytest.fixture
async def kube(cluster: ApiServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kube]:
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    configuration = await client_configuration(connections=4)
    kube = Kube(configuration, user_agent="test", metrics=ApiMetrics(CollectorRegistry()))
    yield kube
    await kube.close()


@pytest.fixture
def namespace(cluster: ApiServer) -> str:
    name = f"make-{next(_numbers)}"
    cluster.kubectl("create", "namespace", name)
    return name


def _in(namespace: str, child: Manifest, **metadata: Any) -> Manifest:
    return {**child, "metadata": {**child["metadata"], "namespace": namespace, **metadata}}


@pytest.mark.parametrize("kind", RESOURCES)
async def test_what_is_there_is_left_as_it_is(kube: Kube, namespace: str, kind: str) -> None:
    child = _in(namespace, _children()[kind])
    theirs = await kube.create(RESOURCES[kind], _in(namespace, child, labels={}, ownerReferences=[]))
    with pytest.raises(Conflict):
        await kube.make(RESOURCES[kind], child)
    assert await kube.get(RESOURCES[kind], namespace=namespace, name="bot-hello") == theirs

    async def told() -> bool:
        return "bot-hello" in await kube.others(RESOURCES[kind], namespace=namespace)

    await eventually(told)


@pytest.mark.parametrize("kind", RESOURCES)
async def test_what_was_made_is_ours_field_by_field(kube: Kube, namespace: str, kind: str) -> None:
    child = _in(namespace, _children()[kind], annotations={"gone": "later"})
    made = await kube.make(RESOURCES[kind], child)
    assert {(each["manager"], each["operation"]) for each in made["metadata"]["managedFields"]} == {
        (MANAGER, "Apply")
    }
    assert "bot-hello" not in await kube.others(RESOURCES[kind], namespace=namespace)
    later = await kube.apply(RESOURCES[kind], _in(namespace, _children()[kind]))
    assert "gone" not in later["metadata"].get("annotations", {})
