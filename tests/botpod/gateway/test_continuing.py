"""A long answer whose pod dies over it goes on in the same messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pod_state import LEASE

from botpod.gateway import turns
from botpod.status import ShardState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot_on_discord import Bot, Handle
    from redis_server import RedisServer
    from wires import StartWired

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer

type StartPod = Callable[[str, Handle], Awaitable[Bot]]


@pytest.fixture
def start_pod(
    discord: DiscordServer,
    start_wired: StartWired,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
) -> StartPod:
    monkeypatch.setattr(turns, "INTERVAL", 0.0)
    discord.faults.rate_limit("gateway", 100, 1.0)
    discord.faults.rate_limit("messages.create", 100, 1.0)

    async def start(name: str, handle: Handle) -> Bot:
        shards = {"minimum": 1, "leaseSeconds": LEASE}
        bot = await start_wired(
            name, redis_url=redis_server.url, lease_seconds=LEASE, shards=shards, handle=handle
        )
        await eventually(lambda: {one.state for one in bot.status.shards.values()} == {ShardState.CONNECTED})
        return bot

    return start


class DiesOverIt:
    """Says four parts, which whoever goes on is to know of, and comes to no end."""

    def __init__(self) -> None:
        self._said = asyncio.Event()

    async def __call__(self, _: Request, reply: ReplyPort) -> None:
        for part in range(4):
            await reply.send(f"first {part}", part=part)
        self._said.set()
        await asyncio.Event().wait()

    async def said(self) -> None:
        async with asyncio.timeout(10):
            await self._said.wait()


async def is_briefer(_: Request, reply: ReplyPort) -> None:
    for part in range(2):
        await reply.send(f"second {part}", part=part)


def ask_in_a_message(discord: DiscordServer) -> None:
    discord.people.post("general", "ada", "!ask for much")


def ask_by_the_command(discord: DiscordServer) -> None:
    discord.interacting.command("general", "ada", "ask", {"text": "for much"})


@pytest.mark.parametrize("ask", [ask_in_a_message, ask_by_the_command])
async def test_the_next_pod_goes_on_in_the_same_messages(
    ask: Callable[[DiscordServer], None], discord: DiscordServer, start_pod: StartPod
) -> None:
    dying = DiesOverIt()
    first = await start_pod("a", dying)
    await eventually(discord.looking.commands)
    ask(discord)
    await dying.said()
    begun = [one["id"] for one in first.replies()]
    await first.kill()
    # Discord remembers nonces for a few minutes only.
    discord.world.nonces.clear()

    second = await start_pod("b", is_briefer)

    await eventually(lambda: second.said() == ["second 0", "second 1"])
    assert [one["id"] for one in second.replies()] == begun[:2]


async def test_a_part_that_somebody_deleted_is_said_again(
    discord: DiscordServer, start_pod: StartPod
) -> None:
    dying = DiesOverIt()
    first = await start_pod("a", dying)
    ask_in_a_message(discord)
    await dying.said()
    await first.kill()
    discord.world.nonces.clear()
    gone = first.replies()[0]["id"]
    discord.people.delete("general", gone, discord.application.bot_user_id)

    second = await start_pod("b", is_briefer)

    await eventually(lambda: sorted(second.said()) == ["second 0", "second 1"])


async def test_what_nobody_begins_again_stays(discord: DiscordServer, start_pod: StartPod) -> None:
    async def says_nothing(_: Request, _reply: ReplyPort) -> None:
        over.set()

    over = asyncio.Event()
    dying = DiesOverIt()
    first = await start_pod("a", dying)
    ask_in_a_message(discord)
    await dying.said()
    await first.kill()

    second = await start_pod("b", says_nothing)

    await asyncio.wait_for(over.wait(), 10)
    await eventually(lambda: not second.dispatcher.unfinished)
    assert len(second.said()) == 4
