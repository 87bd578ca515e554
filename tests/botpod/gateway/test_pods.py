"""Several pods of one bot, sharing a Redis: shards are spread, nobody answers twice, nothing is lost."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pods_on_discord import (
    LEASE,
    all_connected,
    answered,
    answers,
    ask,
    chatter,
    everything_said,
    owned,
)
from redis.exceptions import OutOfMemoryError

from botpod.gateway import turns
from botpod.gateway.socket import Socket
from botpod.state.redisstore import connect

if TYPE_CHECKING:
    from pods_on_discord import StartPod
    from redis.asyncio import Redis
    from redis_server import RedisServer
    from wires import StartWired

    from botpod_local.discord import DiscordServer


async def test_two_pods_share_the_shards_and_answer_once(discord: DiscordServer, start_pod: StartPod) -> None:
    first, second = await start_pod("a"), await start_pod("b")
    await all_connected(first, second, each=2)

    for number in range(40):
        ask(discord, number)
    discord.people.post("@hello", "linus", "in private")

    await everything_said(first, 40)
    await first.says("You said: in private", channel="@hello", user="linus")


async def test_whoever_starts_beside_a_redis_that_has_just_started_is_ready_once_its_shards_are(
    discord: DiscordServer, start_wired: StartWired, redis_server: RedisServer
) -> None:
    redis_server.kill()
    redis_server.start()
    # For so long nobody may claim a shard: who had them before may be there still.
    lease = 2.0
    shards = {"minimum": 4, "leaseSeconds": lease}
    pod = await start_wired("a", redis_url=redis_server.url, lease_seconds=lease, shards=shards)

    # Nobody else would answer.
    discord.people.post("general", "ada", "!ask at once")
    await pod.says("You said: at once")


async def test_while_a_shard_is_given_away_the_others_stay(
    discord: DiscordServer,
    start_pod: StartPod,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = await start_pod("a")
    await all_connected(first, each=4)
    close = Socket.close

    async def close_slowly(socket: Socket) -> None:
        await asyncio.sleep(2 * LEASE)
        await close(socket)

    monkeypatch.setattr(Socket, "close", close_slowly)
    second = await start_pod("b")
    await all_connected(first, second, each=2)

    assert "lost to another pod" not in caplog.text
    assert discord.record.counters["identifies"] == 4


async def test_shards_that_move_before_their_turn_keep_it(
    discord: DiscordServer, start_pod: StartPod, monkeypatch: pytest.MonkeyPatch
) -> None:
    interval = 1.5
    monkeypatch.setattr(turns, "INTERVAL", interval)
    discord.settings.max_concurrency = 1
    discord.settings.identify_spacing = interval - 0.2
    first = await start_pod("a")
    await eventually(lambda: owned(first) == [0, 1, 2, 3])
    second = await start_pod("b")
    await all_connected(first, second, each=2)

    begun = [entry["at"] for entry in discord.record.entries(kind="identify")]
    assert len(begun) == 4
    assert discord.record.counters["invalid_sessions"] == 0
    assert begun[-1] - begun[0] < 4 * interval


async def test_more_pods_than_shards_stand_by_and_are_ready(start_pod: StartPod) -> None:
    pods = [await start_pod(name) for name in "abcdef"]
    await all_connected(*pods)

    idle = [pod for pod in pods if not pod.status.shards]
    assert len(idle) == 2
    assert all(pod.status.why_not_ready() is None and pod.status.standby for pod in idle)


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_the_last_pods_going_is_not_noticed(
    how: str, discord: DiscordServer, start_pod: StartPod
) -> None:
    first = await start_pod("a")
    await all_connected(first, each=4)
    second = await start_pod("b")
    await all_connected(first, second, each=2)
    identified = discord.record.counters["identifies"]
    stop = asyncio.Event()
    talking = asyncio.create_task(chatter(discord, stop, every=0.25))
    await eventually(lambda: answers(second).total() >= 5)

    await (first.stop() if how == "stop" else first.kill())
    await all_connected(second, each=4)
    third = await start_pod("c")
    await all_connected(second, third, each=2)
    await answered(second, 2)
    stop.set()
    said = await talking

    await everything_said(second, said)
    assert discord.record.counters["identifies"] == identified


async def test_redis_killed_and_back_changes_nothing(
    discord: DiscordServer, start_pod: StartPod, redis_server: RedisServer
) -> None:
    first, second = await start_pod("a"), await start_pod("b")
    await all_connected(first, second, each=2)
    before = {name: set(bot.status.shards) for name, bot in (("a", first), ("b", second))}
    connects = discord.record.counters["connects"]

    client = connect(redis_server.url)
    leased = await _leased(client)
    redis_server.kill()
    for number in range(5):
        ask(discord, number)
    await everything_said(first, 5)
    # What it will remember of them has run out.
    await eventually(lambda: time.time() > max(leased) + LEASE)
    redis_server.start()
    # Both have told it again what they own, as both do three times a lease.
    await eventually(lambda: _renewed(client, 4))
    for number in range(5, 10):
        ask(discord, number)
    await everything_said(first, 10)
    await eventually(lambda: _renewed(client, 4))
    await client.aclose(close_connection_pool=True)

    assert {name: set(bot.status.shards) for name, bot in (("a", first), ("b", second))} == before
    assert discord.record.counters["connects"] == connects


async def test_a_pod_that_alone_cannot_reach_redis_does_no_harm(
    discord: DiscordServer, start_pod: StartPod, redis_server: RedisServer
) -> None:
    first, second = await start_pod("a"), await start_pod("b")
    await all_connected(first, second, each=2)
    client = connect(redis_server.url)
    # So that whoever takes them over can resume them.
    await eventually(lambda: _has_sessions(client, 4))
    assert first.wires is not None

    first.wires.redis.cut()
    await eventually(lambda: len(second.status.shards) == 4)
    before, stop = discord.record.counters["resumes"], asyncio.Event()
    began = asyncio.get_running_loop().time()
    talking = asyncio.create_task(chatter(discord, stop))
    await answered(second, 40)
    stop.set()

    await everything_said(second, await talking)
    # Each takes back what the other has taken, but ever later.
    seconds = asyncio.get_running_loop().time() - began
    assert discord.record.counters["resumes"] - before <= 5 * seconds
    first.wires.redis.mend()
    await all_connected(first, second, each=2)
    assert discord.record.counters["identifies"] == 4
    await client.aclose(close_connection_pool=True)


async def test_a_redis_that_is_full_loses_nothing_and_says_nothing_twice(
    discord: DiscordServer, start_pod: StartPod, redis_server: RedisServer
) -> None:
    first, second = await start_pod("a"), await start_pod("b")
    await all_connected(first, second, each=2)
    client = connect(redis_server.url)
    await client.config_set("maxmemory", "1")
    with pytest.raises(OutOfMemoryError):
        await client.set("more", "than fits")
    stop = asyncio.Event()
    talking = asyncio.create_task(chatter(discord, stop))
    await eventually(lambda: answers(first).total() >= 10)
    await client.config_set("maxmemory", "0")
    await all_connected(first, second, each=2)
    stop.set()

    await everything_said(first, await talking)
    assert discord.record.counters["identifies"] == 4
    await client.aclose(close_connection_pool=True)


async def _of_all(client: Redis, name: str) -> str:
    """Return the key of that name, an unused one before it is written; there is one set of shards."""
    return str(next(iter([key async for key in client.scan_iter(f"*:{name}")]), "none yet"))


async def _has_sessions(client: Redis, number: int) -> bool:
    keys = [key async for key in client.scan_iter("*:session")]
    return len(keys) == 1 and number == await client.hlen(keys[0])


async def _leased(client: Redis) -> list[float]:
    """Return until when each shard is leased, in seconds since 1970."""
    until = await client.zrange(await _of_all(client, "until"), 0, -1, withscores=True)
    return [at / 1_000_000 for _, at in until]


async def _renewed(client: Redis, number: int) -> bool:
    """Say whether so many shards are leased, for nearly the whole time that a lease is given for."""
    leased = await _leased(client)
    return len(leased) == number and min(leased) > time.time() + LEASE / 2
