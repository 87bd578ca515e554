"""The API server is away while credentials rotate: then all is well, calmly, and nothing restarts."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from eventually import eventually, patiently
from world import REFRESH

from botpod_operator.kube.resources import BOT_INSTANCE, DEPLOYMENT

if TYPE_CHECKING:
    from faults import Heard

    from conftest import Scene

BOTS = [f"bot-of-many-{number:02}" for number in range(20)]
REFUSALS = 40
"""How many calls are refused before it is back: some for every watch, and for every bot."""
LOOK_CALLS = 40
"""More than any look at a bot takes, and fewer than a few of them."""


def _second(heard: Heard) -> int:
    return int(heard.at)


@pytest.mark.timeout(180)
async def test_credentials_that_rotate_while_it_is_away_are_there_soon_after(scene: Scene) -> None:
    path = f"stories/{scene.view.namespace}/"
    async with scene.operator(workers=8) as operator:
        await scene.stage.set_up(BOTS)
        await asyncio.gather(*map(scene.stage.create, BOTS))
        before = {bot: scene.view.get(DEPLOYMENT, f"bot-{bot}") for bot in BOTS}
        for bot in BOTS:  # from now on whatever is the newest
            change = {"vault": {"version": None}, "refreshInterval": REFRESH}
            await scene.view.merge(BOT_INSTANCE, bot, {"spec": {"credentials": change}})
        await asyncio.gather(*(_at(scene, bot, "2") for bot in BOTS))

        with scene.proxy.away():
            first = len(scene.proxy.record)
            for bot in BOTS:
                await asyncio.to_thread(scene.stage.vault.write, path + bot, discord_token="token-3")
            await eventually(lambda: len(scene.proxy.record) > first + REFUSALS, seconds=60)
            refused = Counter(heard.bot for heard in scene.proxy.record[first:] if heard.bot)
            back = len(scene.proxy.record)
        await asyncio.gather(*(_at(scene, bot, "3") for bot in BOTS))

        assert operator.process.poll() is None
        await asyncio.to_thread(patiently, lambda: operator.answers("/readyz") == 200)
        calls = [heard for heard in scene.proxy.record[back:] if heard.bot]
    for bot, deployment in before.items():
        after = scene.view.get(DEPLOYMENT, f"bot-{bot}")
        assert deployment
        assert after
        assert after["spec"]["template"] == deployment["spec"]["template"]
    # Backed off while it was away, and one after the other when it was back.
    assert max(refused.values(), default=0) <= LOOK_CALLS
    assert max(Counter(heard.bot for heard in calls).values()) <= LOOK_CALLS
    assert max(Counter(map(_second, calls)).values()) <= LOOK_CALLS * 8


async def _at(scene: Scene, bot: str, version: str) -> None:
    await scene.view.until(
        BOT_INSTANCE,
        bot,
        lambda live: live and live["status"].get("credentials", {}).get("version") == version,
        seconds=60,
        what=f"at version {version}",
    )
