"""Two processes of one bot before one Discord, with a real Redis between them, or just without."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from discord_rest import rest_client
from pod_state import pod_shares

from botpod.errors import CredentialRefused, Transient
from botpod.gateway.limits import pace
from botpod.state import redisstore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from discord_rest import RestClient
    from redis_server import RedisServer

    from botpod_local.discord import DiscordServer

type Pair = tuple[RestClient, RestClient]


@pytest.fixture
async def pair(
    discord: DiscordServer, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pair]:
    # So small that a busy machine is no reason for a refusal.
    monkeypatch.setattr(pace, "GLOBAL_LIMIT", 20)
    monkeypatch.setattr(pace.Transit, "SHORTEST", 0.3)
    monkeypatch.setattr(pace.Transit, "FIRST", 1.0)
    discord.faults.set({"global_limit": 20})
    monkeypatch.setattr(redisstore, "CALL_SECONDS", 5.0)
    async with AsyncExitStack() as stack:

        async def start(pod: str) -> RestClient:
            shares = pod_shares(redis_server.url, pod=pod, lease_seconds=5)
            stack.push_async_callback(shares.state.close)
            return await stack.enter_async_context(
                rest_client(discord.api_url, discord.token, windows=shares.rest, most_invalid=50)
            )

        yield await start("a"), await start("b")


def rooms(discord: DiscordServer, number: int) -> list[int]:
    return [int(discord.building.add_channel(f"room-{n}")["id"]) for n in range(number)]


async def send(bot: RestClient, where: int, text: str) -> int:
    return await bot.rest.send(where, text, nonce=f"{where % 10**12} {text}", reply_to=None)


async def test_the_global_limit_is_one_for_both(discord: DiscordServer, pair: Pair) -> None:
    names = rooms(discord, 30)

    await asyncio.gather(*(send(bot, room, f"{n}") for n, bot in enumerate(pair) for room in names))

    assert discord.record.counters["messages_created"] == 60
    assert discord.record.counters["status 429"] == 0


async def test_a_channel_that_changes_hands_is_within_its_limit(discord: DiscordServer, pair: Pair) -> None:
    """While one pod finishes its answers the next one begins to answer there."""
    discord.faults.rate_limit("messages.create", 3, 0.5)
    (room,) = rooms(discord, 1)
    # Both have learned what Discord says of it.
    for n, bot in enumerate(pair):
        await send(bot, room, f"first {n}")

    await asyncio.gather(*(send(bot, room, f"{n} {k}") for k in range(8) for n, bot in enumerate(pair)))

    said = [one["content"] for one in discord.looking.messages(room)]
    for n in range(2):
        mine = [int(text.removeprefix(f"{n} ")) for text in said if text.startswith(f"{n} ")]
        # Three that go at once have a connection each, and may arrive in any order.
        assert sorted(mine) == list(range(8))
        assert all(abs(place - k) < 3 for place, k in enumerate(mine))
    assert discord.record.counters["status 429"] == 0


async def test_a_webhook_is_shared(discord: DiscordServer, pair: Pair) -> None:
    discord.faults.rate_limit("webhooks.execute", 3, 0.5)
    command = {"name": "ping", "description": "Ping.", "type": 1, "options": []}
    await pair[0].rest.overwrite_commands(discord.application.id, [command])
    found = discord.world.interactions[int(discord.interacting.command("general", "ada", "ping")["id"])]
    await pair[0].rest.respond(found.id, found.token, "pong", ephemeral=False)
    for n, bot in enumerate(pair):
        await bot.rest.follow_up(found.application_id, found.token, f"first {n}", ephemeral=False)

    await asyncio.gather(
        *(
            bot.rest.follow_up(found.application_id, found.token, f"{n} {k}", ephemeral=False)
            for k in range(6)
            for n, bot in enumerate(pair)
        )
    )

    said = [one["content"] for one in discord.looking.messages("general")]
    assert len(said) == len(set(said)) == 1 + 2 + 12
    assert discord.record.counters["status 429"] == 0


async def test_a_429_of_one_holds_back_the_other(discord: DiscordServer, pair: Pair) -> None:
    one, other = pair
    (room,) = rooms(discord, 1)
    for n, bot in enumerate(pair):
        await send(bot, room, f"first {n}")
    discord.faults.fail(429, path=f"/channels/{room}/messages", retry_after=20)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(send(one, room, "one"), 0.5)

    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(send(other, room, "other"), 0.5)

    assert discord.record.counters["status 429"] == 1
    assert discord.record.counters["messages_created"] == 2


async def test_without_redis_a_share_is_left_to_the_others(
    discord: DiscordServer, pair: Pair, redis_server: RedisServer
) -> None:
    names = rooms(discord, 30)
    await asyncio.gather(*(send(bot, room, f"{n}") for n, bot in enumerate(pair) for room in names[:5]))

    async def kill_midway() -> None:
        await discord.record.wait_for(lambda _: discord.record.counters["messages_created"] >= 15)
        redis_server.kill()

    async with asyncio.TaskGroup() as group:
        group.create_task(kill_midway())
        for n, bot in enumerate(pair):
            for room in names:
                group.create_task(send(bot, room, f"again {n}"))

    assert discord.record.counters["messages_created"] == 10 + 60
    assert discord.record.counters["status 429"] == 0


async def test_invalid_requests_of_both_count(discord: DiscordServer, pair: Pair) -> None:
    (room,) = rooms(discord, 1)
    discord.faults.rate_limit("messages.create", 1000, 1.0)
    for bot in pair:
        bot.client.use_token("wrong")
    stopped = 0
    for number in range(60):
        try:
            await send(pair[number % 2], room, str(number))
        except CredentialRefused:
            continue
        except Transient:
            stopped += 1

    # 40 of 50; the other one knows it from its next refusal at the latest.
    assert discord.record.counters["status 401"] <= 41
    assert stopped >= 19
    assert all("invalidRequests" in bot.status.notes for bot in pair)
