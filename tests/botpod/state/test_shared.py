from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pod_state import LEASE

from botpod.errors import Transient
from botpod.state.port import Lease, Serving, Session
from botpod.state.reach import AWAY_SECONDS, Reach
from botpod.state.redis import RedisState
from botpod.state.redisstore import RedisStore, connect

if TYPE_CHECKING:
    from pod_state import MakeState
    from redis.asyncio import Redis
    from redis_server import RedisServer

    from botpod.state.shared import SharedState

SESSION = Session(id="s", sequence=7, resume_url="wss://resume", shard_count=2)


async def eventually_acquire(pod: SharedState, shard: int, *, seconds: float = 5) -> Lease:
    lease = await eventually(lambda: pod.acquire(shard), seconds=seconds)
    assert lease is not None
    return lease


async def test_two_pods_see_each_other_and_never_own_the_same_shard(pods: MakeState) -> None:
    a, b = pods("a"), pods("b")
    await eventually_acquire(a, 0)

    assert await b.acquire(0) is None
    assert (await a.view()).pods == ("a",)
    assert (await b.view()).pods == ("a", "b")
    assert (await b.view()).owners == {0: "a"}


async def test_the_next_owner_gets_the_session(pods: MakeState) -> None:
    a, b = pods("a"), pods("b")
    lease = await eventually_acquire(a, 0)

    await a.release(lease, SESSION)

    taken = await b.acquire(0)
    assert taken is not None
    assert taken.session == SESSION
    assert taken.fence > lease.fence


async def test_a_silent_owner_loses_its_shard_and_is_told(pods: MakeState) -> None:
    a, b = pods("a"), pods("b")
    lease = await eventually_acquire(a, 0)
    await a.renew([lease], {0: SESSION})

    taken = await eventually_acquire(b, 0)

    assert taken.session == SESSION
    assert await a.renew([lease], {}) == {0}
    await a.release(lease, None)
    assert (await b.view()).owners == {0: "b"}
    assert await b.renew([taken], {}) == frozenset()


async def test_an_owner_that_renews_keeps_its_shard(pods: MakeState) -> None:
    a, b = pods("a"), pods("b")
    lease = await eventually_acquire(a, 0)
    until = time.monotonic() + 3 * LEASE

    while time.monotonic() < until:
        assert await a.renew([lease], {}) == frozenset()
        assert await b.acquire(0) is None
        await asyncio.sleep(LEASE / 5)


async def test_a_late_owner_keeps_what_nobody_took(pods: MakeState) -> None:
    a, b = pods("a"), pods("b")
    lease = await eventually_acquire(a, 0)
    await asyncio.sleep(LEASE * 1.5)
    await b.view()

    assert await a.renew([lease], {}) == frozenset()
    assert await b.acquire(0) is None


async def test_who_leaves_is_no_longer_counted(pods: MakeState) -> None:
    a, b = pods("a"), pods("b")
    await a.view()
    await b.view()

    await a.leave()

    assert (await b.view()).pods == ("b",)


async def test_one_pod_gets_a_lock(pods: MakeState) -> None:
    a, b = pods("a"), pods("b")

    assert [await a.lock("work", ttl=60), await b.lock("work", ttl=60)] == [True, False]


async def test_without_redis_owners_go_on_and_nobody_claims(
    pods: MakeState, redis_server: RedisServer
) -> None:
    a, b = pods("a"), pods("b")
    lease = await eventually_acquire(a, 0)
    redis_server.kill()

    assert await a.renew([lease], {}) == frozenset()
    assert await b.acquire(0) is None
    assert await b.acquire(1) is None
    assert (await a.view()).owners == {0: "a"}
    verdicts = [await a.hit("ann", limit=2, window=60) for _ in range(4)]
    assert [verdict.allowed for verdict in verdicts] == [True, True, False, False]
    assert [verdict.notify for verdict in verdicts] == [False, False, True, False]


async def test_what_was_counted_in_redis_still_counts_without_it(
    pods: MakeState, redis_server: RedisServer
) -> None:
    a = pods("a")
    for _ in range(2):
        assert (await a.hit("ann", limit=2, window=60)).allowed
    redis_server.kill()

    assert not (await a.hit("ann", limit=2, window=60)).allowed


async def test_most_people_never_come_near_the_limit_and_redis_isnt_asked(
    pods: MakeState, redis_server: RedisServer
) -> None:
    a, b = pods("a-1"), pods("b-1")
    assert all([(await a.hit("ann", limit=8, window=60)).allowed for _ in range(2)])
    redis = connect(redis_server.url)
    assert await redis.keys("*hits:ann") == []
    await redis.aclose(close_connection_pool=True)

    # From a part of it on pods count together; no pod alone lets more through.
    verdicts = [await a.hit("ann", limit=8, window=60) for _ in range(8)]
    assert [verdict.allowed for verdict in verdicts] == [True] * 6 + [False] * 2
    assert [verdict.notify for verdict in verdicts[6:]] == [True, False]
    assert [(await b.hit("ann", limit=8, window=60)).allowed for _ in range(5)] == [True] * 4 + [False]


async def test_after_redis_returned_the_owner_comes_before_claimants(
    pods: MakeState, redis_server: RedisServer
) -> None:
    a, b, fresh = pods("a"), pods("b"), pods("fresh")
    lease = await eventually_acquire(a, 0)
    redis_server.kill()
    assert await b.acquire(0) is None
    await asyncio.sleep(2 * LEASE)
    (redis_server.directory / "appendonlydir").rename(redis_server.directory / "lost")
    redis_server.start()

    # Redis remembers nothing: all that keeps others away is how lately it started.
    assert await b.acquire(0) is None
    assert await fresh.acquire(0) is None

    async def owned_again() -> bool:
        assert not await a.renew([lease], {})
        return (await b.view()).owners == {0: "a"}

    await eventually(owned_again)
    assert await b.acquire(0) is None


async def test_a_redis_that_hangs_is_left_alone_for_a_while(
    pods: MakeState, redis_server: RedisServer
) -> None:
    a = pods("a")
    assert await a.lock("0", ttl=60)
    redis_server.freeze()

    before = time.monotonic()
    assert not await a.lock("1", ttl=60)
    first = time.monotonic() - before
    before = time.monotonic()
    for number in range(2, 200):
        assert not await a.lock(str(number), ttl=60)
    rest = time.monotonic() - before

    # Two hundred together cost less than the one that found out.
    assert rest < first
    # Nor is it waited for when it is tried again.
    longest, until = 0.0, time.monotonic() + 2.5 * AWAY_SECONDS
    while time.monotonic() < until:
        before = time.monotonic()
        assert not await a.lock("again", ttl=60)
        longest = max(longest, time.monotonic() - before)
        await asyncio.sleep(0.05)
    assert longest < first / 2
    redis_server.thaw()

    await eventually(lambda: a.lock(str(time.monotonic_ns()), ttl=60))


async def test_trouble_is_reported_once_and_its_end_too(redis_server: RedisServer) -> None:
    said: list[str | None] = []
    now = 0.0
    redis = connect(redis_server.url)
    redis_server.kill()
    store = RedisStore(redis, bot="default/hello", pod="a", lease_seconds=LEASE)

    async def ping() -> bool:
        return bool(await store.ask(lambda client: client.ping()))

    reach = Reach(clock=lambda: now, report=said.append, probe=store.probe)
    for moment in range(0, 20, 5):
        now = float(moment)
        assert await reach.ask(ping) is None
    redis_server.start()
    now = 30.0
    assert await reach.ask(ping)

    assert len(said) == 2
    assert "Redis does not answer" in (said[0] or "")
    assert said[1] is None
    await store.close()


async def test_redis_says_when_it_may_forget(redis_server: RedisServer) -> None:
    client = connect(redis_server.url)
    state = RedisState(RedisStore(client, bot="default/hello", pod="a", lease_seconds=LEASE))

    assert await state.weaknesses() is None
    await client.config_set("maxmemory-policy", "allkeys-lru")
    assert "set maxmemory-policy noeviction there" in (await state.weaknesses() or "")
    await state.close()


async def test_a_changed_password_is_taken_up(redis_server: RedisServer) -> None:
    client = connect(redis_server.url)
    await client.config_set("requirepass", "one")
    await client.connection_pool.disconnect()
    password = "one"
    redis = connect(redis_server.url, password=lambda: password)
    state = RedisState(RedisStore(redis, bot="default/hello", pod="a", lease_seconds=LEASE))
    assert await state.lock("1", ttl=60)

    await redis.config_set("requirepass", "two")
    password = "two"
    await redis.connection_pool.disconnect()

    assert not await state.lock("1", ttl=60)
    await state.close()


async def test_a_user_of_its_own_logs_in_with_the_credential(redis_server: RedisServer) -> None:
    client = connect(redis_server.url)
    await client.execute_command("ACL", "SETUSER", "botpod", "on", ">secret", "~*", "&*", "+@all")
    await client.execute_command("CONFIG", "SET", "requirepass", "of-another-user")
    await client.connection_pool.disconnect()
    url = redis_server.url.replace("unix://", "unix://botpod@")
    redis = connect(url, password=lambda: "secret")
    state = RedisState(RedisStore(redis, bot="default/hello", pod="a", lease_seconds=LEASE))

    assert await state.lock("1", ttl=60)
    await state.close()


async def test_who_has_closed_opens_nothing_again(redis_server: RedisServer) -> None:
    store = RedisStore(connect(redis_server.url), bot="default/hello", pod="a-1", lease_seconds=LEASE)
    state = RedisState(store)
    waiting = asyncio.create_task(state.change(60))
    other = connect(redis_server.url)
    await eventually(lambda: _clients(other))
    await store.close()
    await asyncio.gather(waiting, return_exceptions=True)
    with pytest.raises(Transient, match="any more"):
        await state.lock("1", ttl=60)

    assert await _clients(other) == 0
    await other.aclose(close_connection_pool=True)


async def _clients(redis: Redis) -> int:
    """Return how many are connected beside the one who asks."""
    return len(await redis.client_list()) - 1


async def test_a_newer_set_serves_once_all_of_it_is_connected(pods: MakeState) -> None:
    old, new, restarted = pods("old-1"), pods("new-1"), pods("old-2")
    for state, count in ((old, 2), (new, 4), (restarted, 2)):
        state.join(count)
    await old.view()
    assert await old.serving([0, 1]) == Serving(count=2)
    await new.view()
    assert await new.serving([0, 1, 2]) == Serving(count=2, ours_is_newer=True)
    # Of the old set, though it hears of the newer one before it says anything itself.
    assert await restarted.serving([0, 1]) == Serving(count=2)
    assert await new.serving([0, 1, 2, 3]) == Serving(count=4)
    assert await old.serving([0, 1]) == Serving(count=4)
    assert await restarted.serving([0, 1]) == Serving(count=4)


async def test_what_serves_and_is_asked_for_again_doesnt_become_newer(pods: MakeState) -> None:
    old, new, beside = pods("old-1"), pods("new-1"), pods("beside-1")
    for state, count in ((old, 2), (new, 4), (beside, 2)):
        state.join(count)
        await state.view()
    await old.serving([0, 1])
    await new.serving([])
    # A third pod in the middle of a roll-out: what the roll-out is to stays the newest.
    await beside.serving([])
    assert await new.serving([0, 1, 2, 3]) == Serving(count=4)


async def test_an_old_count_in_a_new_place_is_the_newest_set(pods: MakeState) -> None:
    first, second, third = pods("first-1"), pods("second-1"), pods("third-1")
    for state, count in ((first, 2), (second, 4), (third, 2)):
        state.join(count)
    for state, connected in ((first, [0, 1]), (second, [0, 1, 2, 3])):
        await state.view()
        await state.serving(connected)
    await third.view()
    assert await third.serving([0]) == Serving(count=4, ours_is_newer=True)
    assert await third.serving([0, 1]) == Serving(count=2)
    assert await second.serving([0, 1, 2, 3]) == Serving(count=2)


async def test_a_set_whose_pods_are_gone_is_replaced_at_once(pods: MakeState) -> None:
    old, new = pods("old-1"), pods("new-1")
    old.join(2)
    new.join(4)
    await old.view()
    assert await old.serving([0, 1]) == Serving(count=2)
    await new.view()
    assert await new.serving([]) == Serving(count=2, ours_is_newer=True)
    await old.leave()
    assert await new.serving([]) == Serving(count=4)


async def test_shards_of_two_sets_have_an_owner_each(pods: MakeState) -> None:
    old, new = pods("old"), pods("new")
    old.join(2)
    new.join(4)
    lease = await eventually_acquire(old, 0)
    other = await eventually_acquire(new, 0)
    assert await old.renew([lease], {0: SESSION}) == frozenset()
    assert (await new.view()).owners == {0: "new"}
    await new.release(other, None)
    assert (await old.view()).owners == {0: "old"}


async def test_what_is_given_up_is_heard_of_at_once(pods: MakeState) -> None:
    a, b = pods("a"), pods("b")
    lease = await eventually_acquire(a, 0)
    await b.change(0.01)

    waiting = asyncio.create_task(b.change(0.4))
    await asyncio.sleep(0)
    await a.release(lease, SESSION)
    began = time.monotonic()
    await asyncio.gather(waiting, return_exceptions=True)
    heard = time.monotonic() - began
    assert await b.acquire(0) is not None
    began = time.monotonic()
    await b.change(0.4)
    nothing = time.monotonic() - began

    assert heard < nothing
    await a.leave()
    await asyncio.wait_for(b.change(30), 5)


async def test_a_shards_next_owner_goes_on_waiting_in_its_place(pods: MakeState) -> None:
    a, b = pods("a"), pods("b")
    assert await a.turn(0, "moves", interval=1, take=False) == 0
    assert await a.turn(0, "stays", interval=1, take=True) > 0

    assert await b.turn(0, "moves", interval=1, take=True) == 0
    assert await a.turn(0, "stays", interval=1, take=True) == pytest.approx(1, abs=0.2)


async def test_while_redis_is_away_turns_are_as_far_apart_as_there_are_pods(
    pods: MakeState, redis_server: RedisServer
) -> None:
    a, b = pods("a"), pods("b")
    for pod in (a, b, a):
        await pod.view()
    assert await a.turn(0, "0", interval=60, take=True) == 0
    redis_server.kill()

    assert await a.turn(0, "1", interval=60, take=True) == pytest.approx(120, abs=10)
    assert await b.turn(0, "2", interval=60, take=True) == 0
    assert await b.turn(0, "3", interval=60, take=True) == pytest.approx(120, abs=10)


async def test_the_number_of_shards_is_waited_for_until_redis_is_there(
    pods: MakeState, redis_server: RedisServer
) -> None:
    a, b = pods("a"), pods("b")
    assert await a.count(4) == 4
    redis_server.kill()
    asking = asyncio.create_task(b.count(9))
    assert not (await asyncio.wait({asking}, timeout=0.3))[0]
    redis_server.start()
    assert await asyncio.wait_for(asking, 30) == 4


async def test_redis_settings_are_advised_on_only_where_it_tells_them(
    pods: MakeState, redis_server: RedisServer
) -> None:
    a = pods("a")
    assert "maxmemory-policy" not in (await a.advice() or "")
    redis_server.kill()
    assert await a.advice() is None
