"""When the next look is due, with everything around the sequence played."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from samples import DELIVERY

from botpod_operator.credentials.delivery import Outcome
from botpod_operator.credentials.looks import Looks
from botpod_operator.identity import BotKey
from botpod_operator.kube.children import ChildRefused
from botpod_operator.metrics.deliveries import DeliveryMetrics
from botpod_operator.reconcile import RETRY_SECONDS, Reconciler
from botpod_operator.watch.store import Store

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
            looks=Looks(
                courier=self,
                direct=self,
                factory=self,
                board=self,
                clock=lambda: self.now,
                jitter=lambda *_: 1.0,
            ),
            confirmer=self,
            prober=self,
            statuses=self,
            announcer=self,
            deliveries=DeliveryMetrics(CollectorRegistry()),
            now=lambda: dt.datetime.now(dt.UTC),
        )
        self.store.see_class(
            {
                "metadata": {"name": "default", "resourceVersion": "1", "generation": 1},
                "spec": {"image": "registry.invalid/bot:1"},
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

    def want(self, *_: object, **__: object) -> None: ...

    def forget(self, *_: object) -> None: ...

    async def get(self, *_: object, **__: object) -> None: ...

    async def claim(self, *_: object) -> None: ...

    async def apply(self, *_: object) -> None:
        if self.refused:
            raise ChildRefused("Deployment", "no")

    async def prune(self, *_: object, **__: object) -> None: ...

    async def write(self, *_: object) -> None: ...

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


async def test_a_refused_child_is_tried_again_after_a_while_not_at_once(world: _World) -> None:
    world.edit()
    await world.reconciler(KEY)
    world.now, world.refused = 2 * INTERVAL, True
    assert await world.reconciler(KEY) == RETRY_SECONDS
