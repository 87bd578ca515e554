"""Redis fails over: another server answers at its address, which may lack what the last one was told last."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pod_state import LEASE, pod_shares
from redis_pair import command

from botpod.state import shared
from botpod.state.port import Lease, Session
from botpod.state.shared import SharedState

if TYPE_CHECKING:
    from pod_state import MakePod, MakeState
    from redis_pair import RedisPair

SESSION = Session(id="s", sequence=7, resume_url="wss://resume", shard_count=2)


@pytest.fixture
def pods(pair_pods: MakePod) -> MakeState:
    """Make the states of pods that share the Redis pair."""

    def make(name: str) -> SharedState:
        state = pair_pods(name).state
        assert isinstance(state, SharedState)
        return state

    return make


async def owner(pod: SharedState, shard: int = 0) -> Lease:
    lease = await eventually(lambda: pod.acquire(shard))
    assert lease is not None
    return lease


async def test_a_master_that_was_demoted_is_asked_nothing_more(
    pods: MakeState, redis_pair: RedisPair
) -> None:
    a = pods("a")
    waiting = [asyncio.create_task(a.change(0.5)) for _ in range(3)]
    assert all(await asyncio.gather(*(a.lock(f"before {number}", ttl=60) for number in range(8))))
    await redis_pair.demote_master()

    # Not even one of them is told that Redis is away.
    assert all(await asyncio.gather(*(a.lock(f"after {number}", ttl=60) for number in range(8))))
    await asyncio.gather(*waiting)
    assert all([await a.lock(f"later {number}", ttl=60) for number in range(8)])


async def test_who_waits_at_a_master_that_is_demoted_goes_on_waiting_at_the_next(
    pods: MakeState, redis_pair: RedisPair
) -> None:
    a, b = pods("a"), pods("b")
    lease = await owner(a)
    await b.change(0.01)
    waiting = asyncio.create_task(b.change(30))
    await eventually(lambda: _blocked(redis_pair))
    await redis_pair.demote_master()
    await a.release(lease, SESSION)

    async with asyncio.timeout(15):
        await waiting


async def _blocked(pair: RedisPair) -> bool:
    return bool((await command(pair.master, "INFO", "clients"))["blocked_clients"])


async def test_a_master_without_its_replicas_is_away_and_then_back(redis_pair: RedisPair) -> None:
    said: list[str | None] = []
    shares = pod_shares(redis_pair.url, pod="a", lease_seconds=LEASE, report=said.append)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(shares.state.close)
        await command(redis_pair.master, "CONFIG", "SET", "min-replicas-to-write", 2)
        # What only one of several may do is done by none, and why is said.
        assert not await shares.state.lock("1", ttl=60)
        assert said[-1] is not None
        assert "NOREPLICAS" in said[-1]
        await command(redis_pair.master, "CONFIG", "SET", "min-replicas-to-write", 0)

        assert await eventually(lambda: shares.state.lock("1", ttl=60))
        assert said[-1] is None


async def test_an_owner_whose_lease_the_replica_never_heard_of_stays_the_owner(
    pods: MakeState, redis_pair: RedisPair
) -> None:
    before, a, b = pods("before"), pods("a"), pods("b")
    await before.release(await owner(before), None)
    stale = await owner(before)
    await redis_pair.follow()
    await redis_pair.fall_behind()
    await before.release(stale, None)
    lease = await owner(a)
    await redis_pair.demote_master()

    # There the shard is the one's that had it before.
    assert (await b.view()).owners == {0: "before"}
    assert await a.renew([lease], {0: SESSION}) == frozenset()
    assert (await b.view()).owners == {0: "a"}
    assert await before.renew([stale], {}) == frozenset({0})
    await a.release(lease, SESSION)
    assert await before.renew([stale], {}) == frozenset({0})
    taken = await owner(b)
    assert taken.session == SESSION


async def test_of_two_that_took_a_shard_before_and_after_the_later_has_it(
    pods: MakeState, redis_pair: RedisPair
) -> None:
    a, b = pods("a"), pods("b")
    await redis_pair.fall_behind()
    lost = [await owner(a)]
    for _ in range(2):
        await a.release(lost[-1], None)
        lost.append(await owner(a))
    await redis_pair.demote_master()
    taken = await owner(b)

    assert taken.fence > lost[-1].fence
    assert await a.renew([lost[-1]], {}) == frozenset({0})
    assert await b.renew([taken], {}) == frozenset()


async def test_after_a_fail_over_that_nobody_noticed_owners_come_before_claimants(
    pods: MakeState, redis_pair: RedisPair
) -> None:
    a, b = pods("a"), pods("b")
    await owner(b, 1)
    await redis_pair.fall_behind()
    lease = await owner(a)
    await redis_pair.kill_master()

    assert await b.acquire(0) is None
    assert await a.renew([lease], {}) == frozenset()
    assert await b.acquire(0) is None
    assert (await b.view()).owners[0] == "a"


async def test_a_turn_that_the_replica_never_heard_of_is_left_time_for(
    pods: MakeState, redis_pair: RedisPair
) -> None:
    a, b = pods("a"), pods("b")
    await owner(b, 1)
    await redis_pair.fall_behind()
    assert await a.turn(0, "a", interval=5, take=True) == 0
    await redis_pair.kill_master()
    await b.acquire(1)

    assert await b.turn(0, "b", interval=5, take=True) == pytest.approx(5, abs=1)
    # The last starts of a day are minutes apart: so long nobody waits.
    assert await b.turn(-1, "b", interval=900, take=True) == pytest.approx(shared.MOST_CAREFUL, abs=1)
