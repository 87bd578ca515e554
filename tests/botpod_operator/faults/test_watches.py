"""Watches that end, fall silent or are too old: what was edited meanwhile is noticed all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botstory import image_of
from eventually import eventually
from faults import Fault

from botpod_operator.kube.resources import BOT_INSTANCE, CHILDREN, DEPLOYMENT

if TYPE_CHECKING:
    from faultproxy import FaultProxy

    from conftest import Scene

SILENT_SECONDS = 75.0
BOT, GONE = "watched", "forgotten"
TRIES = 10
"""More than kopf makes by default before it gives up."""
KINDS = 2 + len(CHILDREN)
"""BotInstance, BotClass and the watched kinds of children."""


async def _started(scene: Scene) -> None:
    await scene.stage.set_up([BOT])
    await scene.stage.create(BOT)
    await eventually(lambda: scene.proxy.watches == KINDS)


async def _edited(scene: Scene, image: str, *, seconds: float) -> None:
    await scene.view.merge(BOT_INSTANCE, BOT, {"spec": {"image": image}})
    await scene.view.until(
        DEPLOYMENT, f"bot-{BOT}", lambda live: live and image_of(live) == image, seconds=seconds
    )


async def test_watches_that_are_cut_are_there_again_and_miss_nothing(scene: Scene) -> None:
    async with scene.operator():
        await _started(scene)
        scene.proxy.cut_watches()
        # Edited while none is open: it is what they find when they are back.
        await _edited(scene, "registry.invalid/bot:cut", seconds=15)
        await eventually(lambda: scene.proxy.watches == KINDS, seconds=15)
        await _edited(scene, "registry.invalid/bot:after", seconds=15)


@pytest.mark.timeout(180)
async def test_watches_that_fall_silent_are_replaced_and_miss_nothing(scene: Scene) -> None:
    async with scene.operator():
        await _started(scene)
        scene.proxy.silence_watches()
        await _edited(scene, "registry.invalid/bot:silent", seconds=SILENT_SECONDS + 15)
        await eventually(lambda: scene.proxy.watches == KINDS, seconds=SILENT_SECONDS + 15)
        slowest = max(scene.proxy.silences)
        assert slowest <= SILENT_SECONDS
        await _edited(scene, "registry.invalid/bot:heard", seconds=15)


async def test_what_is_too_old_to_be_watched_from_is_listed_anew(scene: Scene) -> None:
    async with scene.operator() as operator:
        await _started(scene)
        before = _lists(scene.proxy)
        scene.proxy.expire_watches(KINDS)
        await _edited(scene, "registry.invalid/bot:expired", seconds=15)
        await eventually(lambda: scene.proxy.watches == KINDS, seconds=15)
        assert _lists(scene.proxy) >= before + KINDS
        assert operator.process.poll() is None


async def test_what_was_deleted_while_nobody_watched_is_noticed(scene: Scene) -> None:
    """A list shows what there is, never what is gone."""
    await scene.stage.set_up([BOT, GONE])
    async with scene.operator():
        await scene.stage.create(BOT)
        await scene.stage.create(GONE)
        await eventually(lambda: scene.proxy.watches == KINDS)
        with scene.proxy.away():
            scene.proxy.expire_watches(KINDS)
            await scene.view.delete(DEPLOYMENT, f"bot-{BOT}")
            await scene.view.until(DEPLOYMENT, f"bot-{BOT}", lambda live: live is None, seconds=5)
            await scene.view.delete(BOT_INSTANCE, GONE)
        await scene.view.until(DEPLOYMENT, f"bot-{BOT}", lambda live: live is not None, seconds=25)
        # As the garbage collector does.
        await scene.view.delete(DEPLOYMENT, f"bot-{GONE}")
        await _edited(scene, "registry.invalid/bot:after", seconds=15)
    assert {live["metadata"]["name"] for live in await scene.view.list(DEPLOYMENT)} == {f"bot-{BOT}"}


async def test_while_the_api_server_fails_watches_are_tried_on_and_on(scene: Scene) -> None:
    """That it is away is in test_outage."""
    async with scene.operator() as operator:
        await _started(scene)
        with scene.proxy.away(Fault.UNAVAILABLE):
            before = len(scene.proxy.record)
            await eventually(lambda: len(scene.proxy.record) >= before + TRIES * KINDS, seconds=60)
        await _edited(scene, "registry.invalid/bot:back", seconds=15)
        assert operator.process.poll() is None


def _lists(proxy: FaultProxy) -> int:
    return sum(
        heard.method == "GET" and not heard.watches and heard.agent.startswith("kopf")
        for heard in proxy.record
    )
