"""Another number of shards: the new ones come up muted beside the old, then take over at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from eventually import eventually

from botpod.gateway import turns
from botpod.status import ShardState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot_on_discord import Bot
    from redis_server import RedisServer
    from wires import StartWired

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer

LEASE = 1.0
ROOMS = [f"room-{number}" for number in range(24)]

type StartPod = Callable[..., Awaitable[Bot]]


@pytest.fixture
def start_pod(
    discord: DiscordServer,
    start_wired: StartWired,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
) -> StartPod:
    monkeypatch.setattr(turns, "INTERVAL", 0.0)
    for room in ROOMS:
        discord.building.add_channel(room)

    async def start(name: str, *, count: int, **changes: object) -> Bot:
        shards = {"mode": "Fixed", "count": count, "leaseSeconds": LEASE}
        return await start_wired(
            name, redis_url=redis_server.url, lease_seconds=LEASE, shards=shards, **changes
        )

    return start


async def serves(bot: Bot, count: int) -> None:
    def all_connected() -> bool:
        states = [shard.state for shard in bot.status.shards.values()]
        return states == [ShardState.CONNECTED] * count and not bot.status.muted

    await eventually(all_connected, seconds=20)


def connected(bot: Bot) -> list[int]:
    return [number for number, one in bot.status.shards.items() if one.state is ShardState.CONNECTED]


async def test_nothing_is_lost_or_said_twice_and_nobody_waits(
    discord: DiscordServer, start_pod: StartPod
) -> None:
    old = await start_pod("old", count=1)
    await serves(old, 1)
    rooms = iter(ROOMS)

    async def keep_asking(until: asyncio.Event) -> list[str]:
        asked = []
        while not until.is_set():
            asked.append(next(rooms))
            discord.people.post(asked[-1], "ada", "!ask me")
            await asyncio.sleep(0.15)
        return asked

    done = asyncio.Event()
    asking = asyncio.create_task(keep_asking(done))
    new = await start_pod("new", count=2, wait=False)
    await serves(new, 2)
    await eventually(lambda: not old.status.shards)
    done.set()
    asked = await asking
    asked.append(next(rooms))
    discord.people.post(asked[-1], "ada", "!ask me")

    await eventually(lambda: all(new.said(room) for room in asked))
    assert [room for room in asked if new.said(room) != ["You said: me"]] == []
    # Who retired is ready, to be replaced in peace.
    assert old.status.why_not_ready() is None


async def test_while_not_all_are_connected_the_old_ones_serve(
    discord: DiscordServer, start_pod: StartPod, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def early(_: Request, reply: ReplyPort) -> None:
        await reply.send("too early")

    bot = discord.world.users[discord.application.bot_user_id].username
    discord.building.add_guild("other", "ada", [], ["linus", bot])
    # The stand-in's first guild is on shard 0, its second on shard 1.
    rooms = (ROOMS, [f"other-{number}" for number in range(len(ROOMS))])
    for room in rooms[1]:
        discord.building.add_channel(room, "other")
    old = await start_pod("old", count=1)
    await serves(old, 1)
    # One after the other: the first guild's shard, or the other's, is there long before the last one.
    discord.settings.max_concurrency = 1
    monkeypatch.setattr(turns, "INTERVAL", 3.0)
    new = await start_pod("new", count=2, wait=False, handle=early)
    await eventually(lambda: connected(new))
    (there,) = connected(new)
    assert new.status.muted
    assert "take over" in (new.status.why_not_ready() or "")

    for room in rooms[there]:
        discord.people.post(room, "ada", "!ask me")

    for room in rooms[there]:
        await old.says("You said: me", channel=room)
    await serves(new, 2)
    # Until the old ones know, either may answer.
    await eventually(lambda: not old.status.shards)
    discord.people.post("general", "ada", "!ask me")
    await new.says("too early")


async def test_what_the_old_ones_are_on_they_finish(discord: DiscordServer, start_pod: StartPod) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request, reply: ReplyPort) -> None:
        begun.set()
        await go_on.wait()
        await reply.send(f"You said: {request.text}")

    old = await start_pod("old", count=1, handle=slow)
    await serves(old, 1)
    discord.people.post("general", "ada", "!ask one")
    await begun.wait()

    new = await start_pod("new", count=2, wait=False)
    await serves(new, 2)
    discord.people.post("general", "ada", "!ask two")
    go_on.set()

    await eventually(lambda: len(new.said()) == 2)
    assert new.said() == ["You said: one", "You said: two"]


async def test_whoever_retired_serves_again_if_the_new_ones_are_gone(
    discord: DiscordServer, start_pod: StartPod
) -> None:
    old = await start_pod("old", count=1)
    await serves(old, 1)
    new = await start_pod("new", count=2, wait=False)
    await serves(new, 2)
    await eventually(lambda: not old.status.shards)

    await new.stop()

    await serves(old, 1)
    discord.people.post("general", "ada", "!ask me")
    await old.says("You said: me")


async def test_there_and_back_again(discord: DiscordServer, start_pod: StartPod) -> None:
    first = await start_pod("first-1", count=1)
    await serves(first, 1)
    second = await start_pod("second-1", count=2, wait=False)
    await serves(second, 2)
    await first.stop()

    third = await start_pod("third-1", count=1, wait=False)
    await serves(third, 1)

    await eventually(lambda: not second.status.shards)
    assert second.status.why_not_ready() is None
    discord.people.post("general", "ada", "!ask me")
    await third.says("You said: me")


async def test_a_pod_that_comes_back_too_late_waits_to_be_replaced(
    discord: DiscordServer, start_pod: StartPod
) -> None:
    old = await start_pod("old-1", count=1)
    await serves(old, 1)
    new = await start_pod("new-1", count=2, wait=False)
    await serves(new, 2)
    await old.kill()

    restarted = await start_pod("old-2", count=1)
    await restarted.ready()

    assert not restarted.status.shards
    discord.people.post("general", "ada", "!ask me")
    await new.says("You said: me")
    assert not new.status.muted
