"""What both kinds of hot state promise alike: in one process's memory, and in Redis."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from botpod.state import line, redis
from botpod.state.local import LocalState
from botpod.state.port import HotState, Session
from botpod.state.redis import RedisState
from botpod.state.redisstore import RedisStore, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis_server import RedisServer

SESSION = Session(id="s", sequence=7, resume_url="wss://resume", shard_count=2)


@pytest.fixture(params=["local", "redis"])
async def state(request: pytest.FixtureRequest) -> AsyncIterator[HotState]:
    if request.param == "local":
        yield LocalState(pod="a", clock=time.monotonic)
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    shared = RedisState(RedisStore(connect(server.url), bot="default/hello", pod="a", lease_seconds=5))
    yield shared  # type: ignore[misc] # all but its problem and advice
    await shared.close()


@pytest.mark.req("AC-24", "AU-07")
async def test_ten_in_a_window_then_one_notice_then_silence(state: HotState) -> None:
    verdicts = [await state.hit("ann", limit=10, window=0.5) for _ in range(12)]

    assert [verdict.allowed for verdict in verdicts] == [True] * 10 + [False] * 2
    assert [verdict.notify for verdict in verdicts] == [False] * 10 + [True, False]
    assert 0 < verdicts[10].retry_after <= 0.5
    await asyncio.sleep(verdicts[11].retry_after + 0.01)
    assert (await state.hit("ann", limit=10, window=0.5)).allowed


async def test_whoever_was_let_in_again_is_told_again(state: HotState) -> None:
    for pause in (0.4, 0.05):
        assert (await state.hit("ann", limit=1, window=0.6)).allowed
        await asyncio.sleep(pause)
        verdicts = [await state.hit("ann", limit=1, window=0.6) for _ in range(2)]
        assert [verdict.notify for verdict in verdicts] == [True, False]
        await asyncio.sleep(verdicts[1].retry_after + 0.02)


async def test_hits_at_the_same_moment_are_counted_each(state: HotState) -> None:
    verdicts = await asyncio.gather(*(state.hit("ann", limit=10, window=60) for _ in range(15)))

    assert sum(verdict.allowed for verdict in verdicts) == 10
    assert sum(verdict.notify for verdict in verdicts) == 1


async def test_turns_are_an_interval_apart_in_each_bucket(state: HotState) -> None:
    waits = [await state.turn(0, ticket, interval=5, take=True) for ticket in ("a", "b", "c", "b")]
    other = await state.turn(1, "a", interval=5, take=True)

    assert waits == pytest.approx([0, 5, 10, 5], abs=0.3)
    assert other == 0


async def test_who_only_looks_takes_no_turn(state: HotState) -> None:
    for _ in range(2):
        assert await state.turn(0, "a", interval=5, take=False) == 0
    assert await state.turn(0, "b", interval=5, take=True) == pytest.approx(5, abs=0.3)
    assert await state.turn(0, "a", interval=5, take=True) == 0


async def test_whoever_comes_late_to_its_turn_moves_the_next(state: HotState) -> None:
    assert await state.turn(0, "a", interval=0.4, take=True) == 0
    await asyncio.sleep(0.6)
    assert await state.turn(0, "b", interval=0.4, take=True) == 0
    wait = await state.turn(0, "c", interval=0.4, take=True)
    assert 0.2 < wait <= 0.4
    await asyncio.sleep(wait + 0.01)
    assert await state.turn(0, "c", interval=0.4, take=True) == 0


async def test_the_place_of_whoever_asks_no_more_is_the_next_ones(
    state: HotState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PATIENCE_SECONDS", 0.4)
    monkeypatch.setattr(redis, "PATIENCE_SECONDS", 0.4)
    await state.turn(0, "gone", interval=0.1, take=False)
    assert await state.turn(0, "waits", interval=0.1, take=True) > 0
    await asyncio.sleep(0.3)
    assert await state.turn(0, "waits", interval=0.1, take=True) > 0
    await asyncio.sleep(0.3)
    assert await state.turn(0, "waits", interval=0.1, take=True) == 0


async def test_the_first_shard_count_stays(state: HotState) -> None:
    assert await state.count(3) == 3
    assert await state.count(5) == 3


async def test_a_shard_has_one_owner_until_it_is_released(state: HotState) -> None:
    lease = await state.acquire(0)
    assert lease is not None
    assert await state.acquire(0) is None
    assert (await state.view()).owners == {0: "a"}
    assert await state.renew([lease], {0: SESSION}) == frozenset()

    await state.release(lease, SESSION)

    assert (await state.view()).owners == {}
    again = await state.acquire(0)
    assert again is not None
    assert again.fence > lease.fence


async def test_the_pod_sees_itself(state: HotState) -> None:
    assert (await state.view()).pods == ("a",)
