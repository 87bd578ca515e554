"""The operator is killed right after any of its calls was carried out; the next one goes on from there."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from faults import Fault
from storyend import differences, endings

if TYPE_CHECKING:
    from conftest import Scene

PLAIN = "plain"
STILL_SECONDS, TOGETHER_SECONDS = 0.7, 6.0
"""How long nothing may have moved, and how long bots are waited for, so that one kill serves many of them."""


@pytest.mark.timeout(300)
async def test_whenever_it_is_killed_the_next_one_ends_the_story(scene: Scene) -> None:
    async with scene.operator():
        calls = await scene.calls_of(PLAIN)
    stories = {f"story-{number:02}": call for number, call in enumerate(calls)}
    await scene.stage.add(stories)
    for bot, call in stories.items():
        scene.proxy.arm(bot, call, Fault.KILL)
    playing = {bot: asyncio.create_task(scene.stage.play(bot)) for bot in stories}

    def over() -> bool:
        return all(task.done() for task in playing.values())

    def time_to_kill() -> bool:
        holding = scene.proxy.holding
        there = {bot for bot, task in playing.items() if not task.done()}
        if not holding:
            return False
        now = time.monotonic()
        still = now - scene.proxy.moved > STILL_SECONDS
        return still or now - min(holding.values()) > TOGETHER_SECONDS or there <= holding.keys()

    processes = 1
    while not over():
        assert processes < len(stories)
        async with scene.operator(processes) as operator:
            await eventually(lambda: over() or time_to_kill(), seconds=60)
            if not over():
                operator.process.kill()
                # Else the call was given up, and the death came later than right after it.
                assert time.monotonic() - min(scene.proxy.holding.values()) < scene.client_waits_seconds
                scene.proxy.holding.clear()
        processes += 1
    for task in playing.values():
        task.result()
    ended = await endings(scene.view)
    failures = [
        f"{call}: {difference}"
        for bot, call in stories.items()
        for difference in differences(ended[PLAIN], ended[bot])
    ]
    failures += [
        f"{call}: {ended[bot].events}"
        for bot, call in stories.items()
        if ended[bot].events != ended[PLAIN].events
    ]
    assert not failures, "\n".join(failures)
    missed = [str(call) for bot, call in stories.items() if (bot, call) not in scene.proxy.met]
    assert not [call for call in missed if not call.partition(" #")[0].endswith("/pods")]
    await scene.nothing_more_is_written(bots=len(stories) + 1)
