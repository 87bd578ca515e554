"""When the next look is due, with everything around the sequence played."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import CollectorRegistry
from samples import DELIVERY

from botpod_operator.admission import Admission
from botpod_operator.credentials.delivery import Outcome
from botpod_operator.credentials.looks import Looks
from botpod_operator.errors import NotYet
from botpod_operator.failing import RETRY_MOST_SECONDS, RETRY_SECONDS
from botpod_operator.identity import BotKey
from botpod_operator.kube.children import ChildRefused
from botpod_operator.kube.namespaces import AGAIN_SECONDS, Namespaces
from botpod_operator.kube.resources import NAMESPACE, Resource
from botpod_operator.metrics.deliveries import DeliveryMetrics
from botpod_operator.reconcile import Reconciler
from botpod_operator.watch.store import Store

if TYPE_CHECKING:
    from botpod_operator.api.status import BotInstanceStatus, Condition

KEY = BotKey("default", "hello")
INTERVAL = 60.0


class _World:
    """The API server, the children and the credentials, as far as the sequence asks them."""

    def __init__(self) -> None:
        self.store, self.now, self.looks, self.refused = Store(), 0.0, 0, False
        self.reconciler = Reconciler(
            kube=self,
            store=self.store,
            children=self,
            admission=Admission(
                namespaces=Namespaces(kube=self, clock=lambda: self.now), own_namespace="botpod-system"
            ),
            looks=Looks(
                courier=self,
                direct=self,
                factory=self,
                board=self,
                accounts=self,
                clock=lambda: self.now,
                jitter=lambda *_: 1.0,
            ),
            confirmer=self,
            prober=self,
            inspector=self,
            statuses=self,
            announcer=self,
            deliveries=DeliveryMetrics(CollectorRegistry()),
            now=lambda: dt.datetime.now(dt.UTC),
            jitter=lambda low, _: low,
        )
        self.raised: Exception | None = None
        self.said: dict[str, Condition] = {}
        self.labels: dict[str, str] = {}
        self.asked = 0
        self.allow(names=[KEY.namespace])

    def allow(self, **namespaces: Any) -> None:
        """Have the watch show the class anew: for these namespaces."""
        known = self.store.botclass("default")
        version = int(known["metadata"]["resourceVersion"]) + 1 if known else 1
        self.store.see_class(
            {
                "metadata": {"name": "default", "resourceVersion": str(version), "generation": version},
                "spec": {"image": "registry.invalid/bot:1", "allowedNamespaces": namespaces},
            }
        )

    def edit(self, **spec: Any) -> None:
        """Have the watch show the bot anew."""
        known = self.store.bot(KEY)
        version = int(known["metadata"]["resourceVersion"]) + 1 if known else 1
        self.store.see_bot(
            {
                "metadata": {
                    "namespace": KEY.namespace,
                    "name": KEY.name,
                    "uid": "7d3f2f0e-4f5c-4d6e-9a51-2f8f5a6f1c11",
                    "resourceVersion": str(version),
                    "generation": version,
                },
                "spec": {
                    "credentials": {"secretRef": {"name": "mine"}, "refreshInterval": f"{INTERVAL:.0f}s"},
                    **spec,
                },
            }
        )

    async def look(self, *_: object) -> Outcome:
        self.looks += 1
        return Outcome(delivery=DELIVERY)

    def sources(self, *_: object, **__: object) -> None: ...

    def due_in(self, *_: object) -> None: ...

    def follow(self, *_: object) -> tuple[()]:
        return ()

    def told(self, *_: object) -> tuple[()]:
        return ()

    def want(self, *_: object, **__: object) -> None: ...

    def delivered(self, *_: object, newest: bool) -> None: ...

    def forget(self, *_: object) -> None: ...

    async def get(self, resource: Resource, **_: object) -> dict[str, Any] | None:
        if resource is not NAMESPACE:
            return None
        self.asked += 1
        return {"metadata": {"labels": self.labels}}

    async def claim(self, *_: object) -> None: ...

    async def apply(self, *_: object) -> None:
        if self.raised is not None:
            raise self.raised
        if self.refused:
            raise ChildRefused("Deployment", "no")

    async def prune(self, *_: object, **__: object) -> None: ...

    async def write(self, _: object, status: BotInstanceStatus) -> None:
        self.said = {one.type: one for one in status.conditions or ()}

    async def post(self, *_: object) -> None: ...


@pytest.fixture
def world() -> _World:
    return _World()


async def test_an_accepted_bot_is_looked_at_again_when_its_credentials_are_due(world: _World) -> None:
    world.edit()
    assert await world.reconciler(KEY) == INTERVAL
    world.now = INTERVAL - 1
    assert await world.reconciler(KEY) == 1
    world.now = INTERVAL
    assert await world.reconciler(KEY) == INTERVAL
    assert world.looks == 2


@pytest.mark.parametrize("change", [{"skills": [{"name": "unknown"}]}, {"className": "nowhere"}])
async def test_a_bot_that_only_an_edit_can_mend_is_left_until_then(
    world: _World, change: dict[str, Any]
) -> None:
    world.edit()
    await world.reconciler(KEY)
    world.now = 2 * INTERVAL  # its credentials would be due
    world.edit(**change)
    assert await world.reconciler(KEY) is None


async def test_a_refused_child_is_tried_again_after_a_while_and_later_each_time(world: _World) -> None:
    world.edit(credentials={"secretRef": {"name": "mine"}, "refreshInterval": "24h"})
    world.refused = True
    waits = [await world.reconciler(KEY) for _ in range(7)]
    assert waits[:3] == [RETRY_SECONDS, 2 * RETRY_SECONDS, 4 * RETRY_SECONDS]
    assert waits[-1] == RETRY_MOST_SECONDS
    world.refused = False
    await world.reconciler(KEY)
    world.refused = True
    assert await world.reconciler(KEY) == RETRY_SECONDS


async def test_labels_that_no_watch_tells_of_are_looked_at_again(world: _World) -> None:
    world.allow(selector={"matchLabels": {"bots": "yes"}})
    world.edit()
    assert await world.reconciler(KEY) == AGAIN_SECONDS
    assert world.looks == 0
    world.now, world.labels = AGAIN_SECONDS, {"bots": "yes"}
    assert await world.reconciler(KEY) == AGAIN_SECONDS < INTERVAL
    assert world.looks == 1
    assert world.asked == 2


async def test_labels_are_read_once_for_all_bots_of_a_moment_and_only_where_they_decide(
    world: _World,
) -> None:
    world.edit()
    await world.reconciler(KEY)
    assert world.asked == 0
    world.allow(selector={"matchLabels": {"bots": "yes"}})
    await world.reconciler(KEY)
    await world.reconciler(KEY)
    assert world.asked == 1


async def test_who_may_not_use_the_class_is_asked_about_nowhere(world: _World) -> None:
    world.edit()
    await world.reconciler(KEY)
    world.allow(names=[])
    world.now = 2 * INTERVAL  # its credentials would be due
    assert await world.reconciler(KEY) is None
    assert world.looks == 1


async def test_a_mistake_of_the_operators_own_is_told_by_its_type_and_no_text_of_it(world: _World) -> None:
    world.edit()
    world.raised = ValueError("token-1 is no number")
    for _ in range(2):
        with pytest.raises(ValueError, match="token-1"):
            await world.reconciler(KEY)
    said = world.said["Applied"]
    assert (said.status, said.reason) == ("False", "ReconcileFailed")
    assert "ValueError, a mistake in the operator; its log says more." in said.message
    assert "token-1" not in repr(world.said)


async def test_a_bot_that_waits_for_a_slow_answer_has_a_status(world: _World) -> None:
    world.edit()
    world.raised = NotYet("asked")
    with pytest.raises(NotYet):
        await world.reconciler(KEY)
    assert {one.status for kind, one in world.said.items() if kind not in {"Ready", "Available"}} == {
        "Unknown"
    }
    assert world.said["Ready"].reason == "NotApplied"
