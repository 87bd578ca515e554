"""What the ledger still knows where another Redis answers, or one that lost its last second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from eventually import eventually
from pod_state import LEASE
from redis_pair import command

from botpod.inbox.port import OURS, Claim, NewEvent
from botpod.state.port import Lease, Session

if TYPE_CHECKING:
    from pod_state import MakePod
    from redis_pair import RedisPair
    from redis_server import RedisServer

    from botpod.state.compose import Shared

SESSION = Session(id="s", sequence=1, resume_url="wss://resume", shard_count=2)


async def owner(pod: Shared, shard: int = 0) -> Lease:
    lease = await eventually(lambda: pod.state.acquire(shard))
    assert lease is not None
    return lease


async def test_what_was_done_in_the_end_is_done_for_the_replica_too(
    pair_pods: MakePod, redis_pair: RedisPair
) -> None:
    a, b = pair_pods("a"), pair_pods("b")
    await a.inbox.live()
    lease = await owner(a)
    taken = await a.inbox.take(lease, [NewEvent(text="one"), NewEvent(text="two")], SESSION) or ()
    assert [await a.inbox.claim(event) for event in "12"] == [Claim.OURS] * 2
    await redis_pair.follow()
    await redis_pair.fall_behind()
    for event, entry in zip("12", taken, strict=True):
        await a.inbox.settle(event, entry)
    await eventually(lambda: _is_empty(b))
    await redis_pair.kill_master()
    assert len(await b.inbox.left(0) or ()) == 2
    await a.inbox.live()

    assert await b.inbox.left(0) == ()
    await a.inbox.leave()
    assert [await b.inbox.claim(event) for event in "12"] == [Claim.DONE] * 2


async def _is_empty(pod: Shared) -> bool:
    return await pod.inbox.left(0) == ()


async def test_an_owner_writes_on_to_a_redis_that_lacks_its_lease(
    pair_pods: MakePod, redis_pair: RedisPair
) -> None:
    a, b = pair_pods("a"), pair_pods("b")
    before = await owner(b)
    await redis_pair.follow()
    await redis_pair.fall_behind()
    await b.state.release(before, None)
    lease = await owner(a)
    await redis_pair.demote_master()

    assert await a.inbox.take(lease, [NewEvent(text="one")], SESSION)


async def test_what_is_older_than_the_ledger_is_nobodys(pods: MakePod, redis_server: RedisServer) -> None:
    a = pods("a")
    await a.inbox.take(await owner(a), [NewEvent(text="new")], SESSION)
    (name,) = (await command(redis_server, "KEYS", "*inbox:0"))[""]
    await command(redis_server, "RENAME", name, "new")
    # Its writer never heard that it was written, and answered the event all the same.
    await command(redis_server, "XADD", name, "1000-1", "event", "old")
    await command(redis_server, "XADD", name, "*", "event", "new")

    assert [entry.text for entry in await a.inbox.left(0) or ()] == ["new"]


async def test_what_a_call_of_ours_claimed_whose_answer_came_too_late_is_ours(
    pair_pods: MakePod, redis_pair: RedisPair
) -> None:
    a, b = pair_pods("a"), pair_pods("b")
    await a.inbox.live()
    lease = await owner(a)
    # A script that isn't known there takes a call more: the first wouldn't do anything.
    await a.inbox.take(lease, [NewEvent(text="none")], SESSION)
    redis_pair.switch.delay = lambda: 2.0
    assert await a.inbox.take(lease, [NewEvent(text="one", claim="1")], SESSION) is None
    redis_pair.switch.delay = lambda: 0.0
    await eventually(lambda: a.inbox.left(0))
    assert len(await a.inbox.left(0) or ()) > 1
    await a.inbox.live()

    assert await b.inbox.claim("1") is Claim.ELSEWHERE
    assert await a.inbox.claim("1") in OURS
    assert await a.inbox.claim("1") is Claim.ELSEWHERE


async def test_what_was_claimed_while_redis_was_away_stays_ours_after_a_silence(
    pods: MakePod, redis_server: RedisServer
) -> None:
    a, b = pods("a"), pods("b")
    await a.inbox.live()
    redis_server.kill()
    assert await a.inbox.claim("1") is Claim.OURS
    await asyncio.sleep(1.5 * LEASE)
    await a.inbox.live()
    redis_server.start()

    async def back() -> bool:
        return await a.inbox.left(0) is not None

    await eventually(back)
    await a.inbox.live()
    assert await a.inbox.holds("1")
    assert await b.inbox.claim("1") is Claim.ELSEWHERE
