"""People ask without a pause while a bot's pods come and go: the short form of ``make bench-continuity``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from continuity.stories.play import Cast
from continuity.stories.podplay import pod_play

if TYPE_CHECKING:
    from stage import Stage

CAST = Cast(members=2, shards=4, per_second=4, command_every=5)
BEFORE, AFTER = 1.0, 2.0
"""Seconds of asking before anything is done, and after all is settled."""


@pytest.mark.partly(
    "AU-38", lacks="restarts, scaling and evictions interrupt nobody; no uptime over months is known"
)
@pytest.mark.timeout(600)
async def test_nobody_notices_restarts_scaling_and_evictions(stage: Stage) -> None:
    made = await pod_play(CAST, stage)
    async with made.scene.asking():
        await asyncio.sleep(BEFORE)
        await made.acts.roll()
        await made.acts.scale(1)
        await made.acts.scale(3)
        await made.acts.drain()
        await asyncio.sleep(AFTER)

    verdict = made.verdict()
    assert verdict.complaints() == []
    assert verdict.asked + verdict.commands == made.scene.load.asked
    assert verdict.starts.identifies.total() == 0


@pytest.mark.timeout(600)
async def test_a_pod_that_is_killed_loses_nothing(stage: Stage) -> None:
    made = await pod_play(CAST, stage)
    async with made.scene.asking():
        await asyncio.sleep(BEFORE)
        await made.acts.kill()
        await asyncio.sleep(AFTER)

    verdict = made.verdict()
    assert verdict.complaints() == []
    assert verdict.starts.identifies.total() == 0
