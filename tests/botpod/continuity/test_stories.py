"""People ask without a pause while the processes come and go: nothing is lost, nothing said twice.

The short form of ``make bench-continuity PLAYERS=processes``.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from continuity.stories.play import Cast, Play, play
from eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from continuity.stories.processes import ProcessActs
    from redis_server import RedisServer

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

type Told = Play[ProcessActs]
type Story = Callable[[Cast], AbstractAsyncContextManager[Told]]

pytestmark = pytest.mark.timeout(300)

BEFORE, AFTER = 1.0, 2.0
"""Seconds of asking before anything is done, and after all is connected again."""
PATIENCE = 15.0
"""Seconds after the last question."""

SMALL = Cast(members=1, shards=2)
WITH_COMMANDS = Cast(members=1, shards=2, command_every=2)
FAR = Cast(members=1, shards=2, latency=0.2)
"""So far from Discord that a new session takes a second, in which somebody always asks."""
BY_HAND = Cast(members=2, shards=2, per_second=0, typing=True)


@pytest.fixture
def story(discord: DiscordServer, models: ModelsServer, redis_server: RedisServer) -> Story:
    """Set a scene; people ask for as long as the block lasts."""

    @asynccontextmanager
    async def begin(cast: Cast) -> AsyncIterator[Told]:
        async with play(cast, discord=discord, models=models, redis=redis_server) as made:
            async with made.scene.asking(patience=PATIENCE):
                await asyncio.sleep(BEFORE)
                yield made
                await asyncio.sleep(AFTER)
            print(made.verdict().starts, *made.verdict().gaps, sep="\n")  # noqa: T201 - for pytest to show

    return begin


def nothing_noticed(made: Told, *, identifies: int = 0) -> None:
    """Assert that nobody who asked can complain, and that so many sessions were begun."""
    verdict = made.verdict()
    assert verdict.complaints() == []
    assert verdict.asked + verdict.commands == made.scene.load.asked
    assert verdict.starts.identifies.total() == identifies
    assert verdict.starts.elsewhere == 0


async def taken_in_every_guild(made: Told, models: ModelsServer, *, words: int) -> None:
    """Ask one question in each guild, which a process takes and of whose answer only some words come yet."""
    models.control.stall(after=words, times=len(made.rooms))
    made.scene.load.ask_everywhere()
    typing = {f"/channels/{room.channel_id}/typing" for room in made.rooms}

    def taken() -> bool:
        if words:
            return not made.verdict().lost
        # Nothing is said yet, and that takes so long that typing is shown.
        return typing <= {entry["path"] for entry in made.scene.discord.record.entries(kind="request")}

    await eventually(taken, seconds=60)


async def test_every_process_is_replaced_by_a_new_one(story: Story) -> None:
    async with story(Cast()) as made:
        await made.acts.roll()
    nothing_noticed(made)


async def test_there_are_more_processes_then_one_then_more_again(story: Story) -> None:
    async with story(Cast(members=3)) as made:
        for count in (1, 3, 2):
            await made.acts.scale(count)
    nothing_noticed(made)


async def test_a_conversation_stays_in_order_over_a_hand_over(story: Story, models: ModelsServer) -> None:
    async with story(BY_HAND) as made:
        await taken_in_every_guild(made, models, words=0)
        stopping = asyncio.create_task(made.acts.scale(1))
        await eventually(lambda: made.verdict().gaps, seconds=60)
        await made.scene.covered(BY_HAND.shards)
        made.scene.load.ask_everywhere()
        with suppress(AssertionError):  # that they are not answered is what should be
            await eventually(lambda: not made.verdict().lost, seconds=5)
        models.control.heal()
        await stopping
    nothing_noticed(made)


async def test_a_process_is_killed_in_the_middle_of_its_answers(story: Story, models: ModelsServer) -> None:
    async with story(BY_HAND) as made:
        await taken_in_every_guild(made, models, words=4)
        await made.acts.kill()
        models.control.heal()
    nothing_noticed(made)


async def test_the_checker_catches_a_bot_without_ledger_and_nonces(
    story: Story, models: ModelsServer
) -> None:
    async with story(replace(BY_HAND, careless=True)) as made:
        await taken_in_every_guild(made, models, words=4)
        await made.acts.kill()
        models.control.heal()
    assert made.verdict().twice


async def test_every_connection_is_cut(story: Story) -> None:
    async with story(WITH_COMMANDS) as made:
        await made.acts.cut()
    nothing_noticed(made)
    assert made.verdict().commands


async def test_every_session_is_over(story: Story) -> None:
    async with story(SMALL) as made:
        await made.acts.invalidate()
    nothing_noticed(made, identifies=SMALL.shards)


async def test_the_token_is_reset_and_sessions_die(story: Story) -> None:
    async with story(SMALL) as made:
        await made.acts.reset_token(linger=False)
    nothing_noticed(made, identifies=SMALL.shards)


async def test_the_token_is_reset_and_sessions_linger(story: Story) -> None:
    async with story(replace(WITH_COMMANDS, latency=0.1, per_second=10)) as made:
        await made.acts.reset_token(linger=True)
    nothing_noticed(made, identifies=WITH_COMMANDS.shards)
    assert made.verdict().commands


async def test_redis_is_away_for_a_while(story: Story) -> None:
    async with story(Cast()) as made:
        await made.acts.redis_away(3.0)
    nothing_noticed(made)


async def test_there_are_twice_as_many_shards(story: Story) -> None:
    async with story(FAR) as made:
        await made.acts.reshard(2 * FAR.shards)
    nothing_noticed(made, identifies=2 * FAR.shards)
