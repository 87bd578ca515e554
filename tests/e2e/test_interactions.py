"""Interactions over HTTP, answered by a bot's pods behind its Service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from continuity.stories.posted import posted_play, refused, roll

if TYPE_CHECKING:
    from stage import Stage


@pytest.mark.timeout(300)
async def test_commands_are_answered_over_a_rolling_restart_and_forged_ones_refused(stage: Stage) -> None:
    async with posted_play(stage, per_second=5, rooms=10) as (scene, url):
        async with scene.asking():
            await asyncio.sleep(1)
            await roll(stage)
            await asyncio.sleep(2)
        assert await refused(url, 5) == 5

    verdict = scene.verdict()
    assert verdict.complaints() == []
    assert verdict.commands == scene.load.asked > 0
    assert not stage.discord.record.entries(kind="connect")
