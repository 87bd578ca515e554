"""Whoever answers 429 and says when to come again is left in peace until then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from eventually import eventually
from faults import RETRY_AFTER_SECONDS, Call, Fault

from botpod_operator.kube.resources import BOT_INSTANCE

if TYPE_CHECKING:
    from conftest import Scene

ALONE = (
    ("PATCH", "/serviceaccounts/bot-{bot}"),
    ("GET", "/secrets/bot-{bot}"),
    ("POST", "/token"),
    ("PATCH", "/secrets/bot-{bot}"),
    ("PATCH", "/deployments/bot-{bot}"),
    ("PATCH", "/status"),
)
"""Calls during which nothing else about the same bot is on its way; their first ones."""


def _alone(calls: list[Call]) -> list[Call]:
    return [
        call
        for method, end in ALONE
        for call in calls
        if (call.method, call.number) == (method, 1) and call.path.endswith(end)
    ]


async def test_a_bot_is_not_asked_for_before_the_time_even_if_it_is_edited_meanwhile(scene: Scene) -> None:
    async with scene.operator():
        calls = _alone(await scene.calls_of("plain"))
        assert len(calls) == len(ALONE)
        stories = {f"story-{number}": call for number, call in enumerate(calls)}
        await scene.stage.add(stories)
        for bot, call in stories.items():
            scene.proxy.arm(bot, call, Fault.TOO_MANY)

        async def edit_meanwhile(bot: str) -> None:
            await eventually(lambda: (bot, stories[bot]) in scene.proxy.met, seconds=30)
            await scene.view.merge(BOT_INSTANCE, bot, {"spec": {"commandPrefix": "?"}})

        async def live(bot: str) -> None:
            await scene.stage.create(bot)
            await scene.stage.rotate(bot)  # a new bot's Secret is read for the first time

        await asyncio.gather(*map(live, stories), *map(edit_meanwhile, stories))
    for bot, call in stories.items():
        heard = [one for one in scene.proxy.record if one.bot == bot]
        (refused,) = [number for number, one in enumerate(heard) if one.call == call]
        assert heard[refused + 1].at - heard[refused].at >= RETRY_AFTER_SECONDS, (call, heard[refused + 1])
