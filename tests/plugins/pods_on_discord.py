"""Pods of one bot on the stand-in's Discord, sharing a Redis, and people who never stop asking."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from eventually import eventually

from botpod.gateway import turns
from botpod.status import ShardState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from typing import Any

    from bot_on_discord import Bot
    from redis_server import RedisServer
    from wires import StartWired

    from botpod_local.discord import DiscordServer

LEASE = 1.0

# Discord takes one message a second in a channel: enough of them keep its limits out of these tests.
ROOMS = [f"room-{number}" for number in range(30)]

type StartPod = Callable[[str], Awaitable[Bot]]


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Where the pods find their Redis; a module's own fixture may say otherwise."""
    return redis_server.url


@pytest.fixture
def lease_seconds() -> float:
    return LEASE


@pytest.fixture
def start_pod(
    discord: DiscordServer,
    start_wired: StartWired,
    redis_url: str,
    lease_seconds: float,
    monkeypatch: pytest.MonkeyPatch,
) -> StartPod:
    monkeypatch.setattr(turns, "INTERVAL", 0.0)
    for room in ROOMS:
        discord.building.add_channel(room)

    async def start(name: str) -> Bot:
        shards = {"minimum": 4, "leaseSeconds": lease_seconds}
        return await start_wired(name, redis_url=redis_url, lease_seconds=lease_seconds, shards=shards)

    return start


def owned(*bots: Bot) -> list[int]:
    return sorted(shard for bot in bots for shard in bot.status.shards)


async def all_connected(*bots: Bot, each: int | None = None) -> None:
    """Wait until every shard is connected in one of ``bots``, ``each`` in each."""

    def settled() -> bool:
        states = [shard.state for bot in bots for shard in bot.status.shards.values()]
        even = each is None or all(len(bot.status.shards) == each for bot in bots)
        return even and owned(*bots) == [0, 1, 2, 3] and set(states) == {ShardState.CONNECTED}

    await eventually(settled, seconds=60)


async def chatter(discord: DiscordServer, stop: asyncio.Event, *, every: float = 0.1) -> int:
    """Talk each ``every`` seconds until told to stop; return how often."""
    number = 0
    while not stop.is_set():
        ask(discord, number)
        number += 1
        await asyncio.sleep(every)
    return number


def ask(discord: DiscordServer, number: int) -> None:
    discord.people.post(ROOMS[number % len(ROOMS)], "ada", f"!ask {number}")


def answers(bot: Bot) -> Counter[str]:
    return Counter(text for room in ROOMS for text in bot.said(room))


async def everything_said(bot: Bot, count: int) -> None:
    """Wait for ``count`` answers; none may have come twice."""
    wanted = Counter(f"You said: {number}" for number in range(count))
    await eventually(lambda: not wanted - answers(bot))
    # Whoever was on one of them a second time has said so by the time that this is answered.
    last = bot.discord.people.post("general", "grace", "!ask whether that was all")["id"]
    await eventually(lambda: last in {answered_to(one) for one in bot.replies()})
    assert answers(bot) - wanted == Counter()


def answered_to(message: Mapping[str, Any]) -> str | None:
    """Return which message it replies to; what the bot says by itself replies to none."""
    return message.get("message_reference", {}).get("message_id")


@asynccontextmanager
async def people_asking(discord: DiscordServer, pod: Bot, *, every: float = 0.1) -> AsyncIterator[None]:
    """Have people ask until the block ends and a while longer: each is answered, once."""
    stop = asyncio.Event()
    talking = asyncio.create_task(chatter(discord, stop, every=every))
    try:
        await answered(pod, 5)
        yield
        await answered(pod, 10)
    finally:
        stop.set()
        said = await talking
    await everything_said(pod, said)


async def answered(pod: Bot, more: int) -> None:
    """Wait for so many answers from now on."""
    before = answers(pod).total()
    await eventually(lambda: answers(pod).total() >= before + more, seconds=20)
