"""The checker is shown real failures: a bot made with stock nextcord is restarted, and run twice."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import continuity.messages
import pytest
from continuity.stories.load import Load
from continuity.stories.scene import Scene
from continuity.stories.town import build
from eventually import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from botpod_local.discord import DiscordServer

ECHO = Path(continuity.messages.__file__).with_name("echo_bot.py")
SHARDS = 2

type Start = Callable[[], Awaitable[asyncio.subprocess.Process]]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def start(discord: DiscordServer) -> AsyncIterator[Start]:
    """Start a process, and return when it is ready and its command is known."""
    async with contextlib.AsyncExitStack() as stack:

        async def one() -> asyncio.subprocess.Process:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *(str(ECHO), discord.api_url, discord.token, str(SHARDS)),
                stdout=asyncio.subprocess.PIPE,
            )
            stack.push_async_callback(stop, process)
            assert process.stdout is not None
            async with asyncio.timeout(60):
                assert await process.stdout.readline() == b"ready\n"
            await eventually(discord.looking.commands)
            return process

        yield one


async def stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    await process.wait()


@pytest.fixture
def scene(discord: DiscordServer) -> Scene:
    discord.settings.max_concurrency = 16
    discord.settings.identify_spacing = 0
    rooms = build(discord, guilds=SHARDS, rooms=8)
    return Scene(discord, Load(discord, rooms, per_second=5, wording="{}", command_every=3))


async def test_one_that_is_left_alone_has_nothing_to_be_blamed_for(scene: Scene, start: Start) -> None:
    await start()
    async with scene.asking():
        await asyncio.sleep(3)
    verdict = scene.verdict()
    assert verdict.complaints() == []
    assert (verdict.asked + verdict.commands, verdict.commands > 0) == (scene.load.asked, True)
    assert verdict.starts.identifies.total() == 0


async def test_a_restart_under_load_loses_messages_and_commands(scene: Scene, start: Start) -> None:
    first = await start()
    async with scene.asking(patience=3):
        await asyncio.sleep(1)
        scene.mark("SIGTERM", planned=True)
        await stop(first)
        await start()
        await asyncio.sleep(1)
    verdict = scene.verdict()
    assert verdict.lost
    assert verdict.lost_commands
    assert verdict.late
    assert not verdict.twice
    assert verdict.starts.identifies["started"] == SHARDS
    assert max(gap.unheard for gap in verdict.gaps) > 0.5


async def test_two_at_once_answer_twice(scene: Scene, start: Start) -> None:
    # One after the other: both at once ask for the commands more often than Discord lets them in 20 s.
    await start()
    await start()
    async with scene.asking():
        await asyncio.sleep(3)
    verdict = scene.verdict()
    assert len(verdict.twice) >= verdict.asked / 2
    assert not verdict.lost
