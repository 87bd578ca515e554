"""Several pods of one bot, sharing a Redis: shards are spread, nobody answers twice, nothing is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pods_on_discord import LEASE, all_connected, answers, ask, chatter, everything_said, owned
from redis.exceptions import OutOfMemoryError

from botpod.gateway import turns
from botpod.gateway.socket import Socket
from botpod.state.redisstore import RedisStore, connect
from botpod.state.shared import SharedState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pods_on_discord import StartPod
    from redis_server import RedisServer

    from botpod_local.discord import DiscordServer


async def test_two_pods_share_the_shards_and_answer_once(discord: DiscordServer, start_pod: StartPod) -> None:
    first, second = await start_pod("a"), await start_pod("b")
    await all_connected(first, second, each=2)

    for number in range(40):
        ask(discord, number)
    discord.people.post("@hello", "linus", "in private")

    await everything_said(first, 40)
    await first.says("You said: in private", channel="@hello", user="linus")


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
    talking = asyncio.create_task(chatter(discord, stop))
    await eventually(lambda: answers(second).total() >= 5)

    await (first.stop() if how == "stop" else first.kill())
    await all_connected(second, each=4)
    third = await start_pod("c")
    await all_connected(second, third, each=2)
    await asyncio.sleep(0.3)
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

    redis_server.kill()
    for number in range(5):
        ask(discord, number)
    await everything_said(first, 5)
    await asyncio.sleep(2 * LEASE)
    redis_server.start()
    for number in range(5, 10):
        ask(discord, number)
    await everything_said(first, 10)
    await asyncio.sleep(3 * LEASE)

    assert {name: set(bot.status.shards) for name, bot in (("a", first), ("b", second))} == before
    assert discord.record.counters["connects"] == connects


async def test_a_frozen_pod_does_not_come_back_to_what_it_lost(
    discord: DiscordServer, start_pod: StartPod
) -> None:
    first = await start_pod("a")
    await all_connected(first, each=4)
    keeper = first.gateway._keeper
    assert keeper is not None
    # Frozen: it renews nothing, and does not notice.
    await keeper._turn.acquire()
    second = await start_pod("b")
    await all_connected(second, each=4)

    keeper._turn.release()
    discord.faults.cut()
    await eventually(lambda: len(second.status.shards) == len(first.status.shards) == 2, seconds=20)
    await all_connected(first, second, each=2)
    discord.people.post("general", "ada", "!ask once")

    await first.says("You said: once")


async def test_a_pod_that_alone_cannot_reach_redis_does_no_harm(
    discord: DiscordServer, start_pod: StartPod, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await start_pod("a"), await start_pod("b")
    await all_connected(first, second, each=2)
    cut_off = asyncio.Event()
    shared = first.gateway._state
    assert isinstance(shared, SharedState)
    reach, store = shared._reach, shared._redis._store
    # So that whoever takes them over can resume them.
    await eventually(lambda: _has_sessions(store, 4))
    ask = reach.ask

    async def ask_if_possible(call: Callable[[], Awaitable[object]]) -> object:
        return None if cut_off.is_set() else await ask(call)

    monkeypatch.setattr(reach, "ask", ask_if_possible)
    cut_off.set()
    await eventually(lambda: len(second.status.shards) == 4)
    before, stop = discord.record.counters["resumes"], asyncio.Event()
    talking = asyncio.create_task(chatter(discord, stop))
    await asyncio.sleep(4)
    stop.set()

    await everything_said(second, await talking)
    # Each takes back what the other has taken, but ever later.
    assert discord.record.counters["resumes"] - before <= 20
    cut_off.clear()
    await all_connected(first, second, each=2)
    assert discord.record.counters["identifies"] == 4


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


async def _has_sessions(store: RedisStore, number: int) -> bool:
    return number == len(await store.ask(lambda redis: redis.hgetall(store.of_set("session"))))  # type: ignore[arg-type]
