"""Redis answers slowly, then too slowly, then as before: answers go on, and nobody hears one twice."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pods_on_discord import all_connected, answered, people_asking
from redis_switch import RedisSwitch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pods_on_discord import StartPod
    from redis_server import RedisServer

    from botpod_local.discord import DiscordServer


@pytest.fixture
async def switch(redis_server: RedisServer) -> AsyncIterator[RedisSwitch]:
    switch = RedisSwitch(redis_server, path=redis_server.directory / "switch.sock")
    async with switch.listening():
        yield switch


@pytest.fixture
def redis_url(switch: RedisSwitch) -> str:
    return switch.url


@pytest.fixture
def lease_seconds() -> float:
    """As long as it is in a cluster, as here it counts against what Redis takes."""
    return 1.5


@pytest.mark.req("CP-57")
async def test_a_slow_redis_makes_answers_late_and_loses_nothing(
    discord: DiscordServer,
    start_pod: StartPod,
    switch: RedisSwitch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = await start_pod("a"), await start_pod("b")
    await all_connected(first, second, each=2)
    # All by one person, of whom two questions are answered at once.
    async with people_asking(discord, first, every=0.5):
        switch.delay = lambda: random.uniform(0.2, 0.4)
        await answered(first, 10)
        for number in range(5):
            discord.interacting.command("general", "grace", "ask", {"text": f"command {number}"})
        await eventually(lambda: len(first.said("general")) == 5 and all(first.said("general")), seconds=30)
        await answered(first, 10)
        assert "lost to another pod" not in caplog.text

        # Longer than a call may take: Redis does what it was told, and nobody hears of it.
        switch.delay = lambda: 1.2
        await answered(first, 10)
        switch.delay = lambda: 0.0
        await all_connected(first, second, each=2)

    events = {entry["event"] for entry in discord.record.entries(kind="interaction")}
    assert "INTERACTION_CREATE" in events
    assert "INTERACTION_FAILURE" not in events
    assert discord.record.counters["identifies"] == 4
