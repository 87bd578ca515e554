"""Redis fails over while people ask and pods answer: nobody notices, whatever the replica lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pods_on_discord import all_connected, answered, people_asking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pods_on_discord import StartPod
    from redis_pair import RedisPair

    from botpod_local.discord import DiscordServer


@pytest.fixture
def redis_url(redis_pair: RedisPair) -> str:
    return redis_pair.url


async def crash(pair: RedisPair) -> None:
    await pair.kill_master()


async def demotion(pair: RedisPair) -> None:
    await pair.demote_master()


FAIL_OVERS = pytest.mark.parametrize("fail_over", [crash, demotion])
type FailOver = Callable[[RedisPair], Awaitable[None]]


@pytest.mark.req("AC-96", "CP-57")
@FAIL_OVERS
async def test_a_fail_over_changes_nothing(
    fail_over: FailOver, discord: DiscordServer, start_pod: StartPod, redis_pair: RedisPair
) -> None:
    first, second = await start_pod("a"), await start_pod("b")
    await all_connected(first, second, each=2)
    async with people_asking(discord, second):
        await fail_over(redis_pair)
        await answered(second, 10)
        await all_connected(first, second, each=2)
        # What it takes to go on is in the one that took over.
        await first.kill()
        await all_connected(second, each=4)

    assert discord.record.counters["identifies"] == 4


@FAIL_OVERS
async def test_a_replica_that_lacks_the_last_moments_changes_nothing(
    fail_over: FailOver, discord: DiscordServer, start_pod: StartPod, redis_pair: RedisPair
) -> None:
    first = await start_pod("a")
    await all_connected(first, each=4)
    await redis_pair.follow()
    async with people_asking(discord, first):
        await redis_pair.fall_behind()
        # It doesn't know that two shards changed hands, what was taken since, and who was answered.
        second = await start_pod("b")
        await all_connected(first, second, each=2)
        await answered(first, 5)
        await fail_over(redis_pair)
        await answered(first, 10)
        await all_connected(first, second, each=2)
        await first.stop()
        await all_connected(second, each=4)

    assert discord.record.counters["identifies"] == 4


async def test_sessions_that_the_replica_never_heard_of_are_resumed(
    discord: DiscordServer, start_pod: StartPod, redis_pair: RedisPair
) -> None:
    await redis_pair.fall_behind()
    first, second = await start_pod("a"), await start_pod("b")
    await all_connected(first, second, each=2)
    async with people_asking(discord, second):
        await redis_pair.demote_master()
        await answered(second, 10)
        await all_connected(first, second, each=2)
        await first.stop()
        await all_connected(second, each=4)

    assert discord.record.counters["identifies"] == 4
