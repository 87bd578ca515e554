"""What pods promise each other about events, with a Redis between them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from pod_state import LEASE

from botpod.errors import LeaseLost
from botpod.inbox import telling
from botpod.inbox.port import Claim, NewEvent
from botpod.state.port import Lease, Session

if TYPE_CHECKING:
    from pod_state import MakePod
    from redis_server import RedisServer

    from botpod.state.compose import Shared


def session(sequence: int) -> Session:
    return Session(id="s", sequence=sequence, resume_url="wss://resume", shard_count=2)


async def owner(pod: Shared, shard: int = 0) -> Lease:
    lease = await eventually(lambda: pod.state.acquire(shard))
    assert lease is not None
    return lease


async def test_an_event_is_one_pods_until_it_is_done(pods: MakePod) -> None:
    a, b = pods("a"), pods("b")
    await a.inbox.live()
    await b.inbox.live()
    claims = await asyncio.gather(a.inbox.claim("1"), b.inbox.claim("1"))
    assert set(claims) == {Claim.OURS, Claim.ELSEWHERE}
    first, other = (a, b) if claims[0] is Claim.OURS else (b, a)

    assert await other.inbox.claim("1") is Claim.ELSEWHERE
    await first.inbox.settle("1", None)
    await eventually(lambda: _done(other, "1"))
    assert await first.inbox.claim("1") is Claim.DONE


async def test_what_a_pod_lets_go_or_dies_over_is_anothers(pods: MakePod) -> None:
    a, b = pods("a"), pods("b")
    await a.inbox.live()
    assert [await a.inbox.claim(event) for event in "123"] == [Claim.OURS] * 3

    await a.inbox.let_go("1")
    assert await b.inbox.claim("1") is Claim.INHERITED
    assert await b.inbox.claim("2") is Claim.ELSEWHERE
    # It says no more that it lives.
    await eventually(lambda: _claims(b, "2"), seconds=5 * LEASE)
    await a.inbox.leave()
    assert await b.inbox.claim("3") is Claim.INHERITED


async def _done(pod: Shared, event: str) -> bool:
    return await pod.inbox.claim(event) is Claim.DONE


async def _claims(pod: Shared, event: str) -> bool:
    return await pod.inbox.claim(event) is Claim.INHERITED


async def test_the_next_owner_finds_what_is_not_done_in_its_order_and_goes_on_after_it(pods: MakePod) -> None:
    a, b = pods("a"), pods("b")
    lease = await owner(a)
    first, second = (
        await a.inbox.take(lease, [NewEvent(text=text) for text in ("one", "two")], session(5)) or ()
    )
    (third,) = await a.inbox.take(lease, [NewEvent(text="three")], session(7)) or ()
    await a.inbox.settle("2", second)
    # Told with what is taken next, also by another shard.
    await a.inbox.take(await owner(a, 1), [NewEvent(text="of another shard")], session(1))
    await a.state.release(lease, session(7))

    taken = await owner(b)
    assert taken.session == session(7)
    assert await b.inbox.left(0) == (first, third)
    await b.inbox.discard(first)
    assert await b.inbox.left(0) == (third,)


async def test_who_lost_a_shard_writes_nothing_into_its_inbox(pods: MakePod) -> None:
    a, b = pods("a"), pods("b")
    lease = await owner(a)
    await a.inbox.take(lease, [NewEvent(text="before")], session(1))
    taken = await owner(b)  # the first one was silent for too long

    with pytest.raises(LeaseLost):
        await a.inbox.take(lease, [NewEvent(text="too late")], session(2))
    assert [entry.text for entry in await b.inbox.left(0) or ()] == ["before"]
    assert await b.state.renew([taken], {}) == frozenset()


async def test_what_was_handled_while_redis_was_away_is_told_afterwards(
    pods: MakePod, redis_server: RedisServer
) -> None:
    a, b = pods("a"), pods("b")
    lease = await owner(a)
    (entry,) = await a.inbox.take(lease, [NewEvent(text="one")], session(1)) or ()
    assert await a.inbox.claim("1") is Claim.OURS
    redis_server.kill()

    assert await a.inbox.take(lease, [NewEvent(text="two")], session(2)) is None
    assert await a.inbox.left(0) is None
    assert await a.inbox.claim("2") is Claim.OURS
    assert await a.inbox.claim("2") is Claim.ELSEWHERE
    await a.inbox.settle("1", entry)
    await a.inbox.settle("2", None)
    assert await a.inbox.claim("2") is Claim.DONE
    redis_server.start()

    async def told() -> bool:
        await a.inbox.live()
        return await b.inbox.left(0) == ()

    await eventually(told, every=0.2)
    assert [await b.inbox.claim(event) for event in "12"] == [Claim.DONE] * 2


async def test_what_a_frozen_pod_had_claimed_is_anothers_when_it_wakes_up(pods: MakePod) -> None:
    frozen, other = pods("a"), pods("b")
    await frozen.inbox.live()
    assert await frozen.inbox.claim("1") is Claim.OURS
    assert await frozen.inbox.claim("2") is Claim.OURS
    assert await frozen.inbox.holds("1")
    await asyncio.sleep(LEASE * 1.2)
    await other.inbox.live()
    assert await other.inbox.claim("1") is Claim.INHERITED

    # Whichever it does first.
    assert not await frozen.inbox.holds("1")
    await frozen.inbox.live()
    assert not await frozen.inbox.holds("1")
    assert await frozen.inbox.holds("2")
    assert await other.inbox.holds("1")


async def test_whoever_inherits_an_event_learns_what_was_said(pods: MakePod) -> None:
    a, b = pods("a"), pods("b")
    await a.inbox.live()
    assert await a.inbox.claim("1") is Claim.OURS
    await a.inbox.note("1", 0, 100)
    await a.inbox.note("1", 1, 101)
    await a.inbox.leave()

    assert await b.inbox.claim("1") is Claim.INHERITED
    assert await b.inbox.said("1") == {0: 100, 1: 101}
    await b.inbox.settle("1", None)
    # Whoever goes tells at once what it has done.
    await b.inbox.leave()
    assert await b.inbox.said("1") == {}


async def test_an_event_is_claimed_as_it_is_taken(pods: MakePod) -> None:
    a, b = pods("a"), pods("b")
    await a.inbox.live()
    await b.inbox.live()
    assert await b.inbox.claim("2") is Claim.OURS
    assert await b.inbox.claim("3") is Claim.OURS
    await b.inbox.settle("3", None)
    await b.inbox.live()
    assert await b.inbox.claim("4") is Claim.OURS
    await b.inbox.let_go("4")
    lease = await owner(a)
    # Any step may take as long as a pod is believed to live without a word.
    await b.inbox.live()

    events = [NewEvent(text=f"event {name}", claim=name) for name in "1234"]
    entries = await a.inbox.take(lease, [*events, NewEvent(text="waits")], session(5)) or ()

    claims = [Claim.OURS, Claim.ELSEWHERE, Claim.DONE, Claim.INHERITED, None]
    assert [entry.claim for entry in entries] == claims
    assert [entry.text for entry in await a.inbox.left(0) or ()] == [entry.text for entry in entries]
    await a.inbox.live()
    assert await b.inbox.claim("1") is Claim.ELSEWHERE
    # Of what it has already it makes no second one.
    (again,) = await a.inbox.take(lease, events[:1], session(6)) or ()
    assert again.claim is None
    assert await a.inbox.claim("1") is Claim.ELSEWHERE
    # Nor does it keep to itself what it wasn't given.
    await b.inbox.let_go("2")
    assert await a.inbox.claim("2") is Claim.INHERITED


async def test_what_could_not_be_taken_is_not_claimed(pods: MakePod, redis_server: RedisServer) -> None:
    a, b = pods("a"), pods("b")
    await a.inbox.live()
    lease = await owner(a)
    taken = await owner(b)  # the first one was silent for too long
    with pytest.raises(LeaseLost):
        await a.inbox.take(lease, [NewEvent(text="one", claim="1")], session(1))
    assert await b.inbox.claim("1") is Claim.OURS

    redis_server.kill()
    assert await b.inbox.take(taken, [NewEvent(text="two", claim="2")], session(2)) is None
    assert await b.inbox.claim("2") is Claim.OURS


async def test_what_was_handled_is_told_with_what_is_taken_next(
    pods: MakePod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "SOON_SECONDS", 60.0)
    a, b = pods("a"), pods("b")
    await a.inbox.live()
    lease = await owner(a)
    (entry,) = await a.inbox.take(lease, [NewEvent(text="one", claim="1")], session(1)) or ()
    await a.inbox.settle("1", entry)
    assert await b.inbox.claim("1") is Claim.ELSEWHERE

    (later,) = await a.inbox.take(lease, [NewEvent(text="two", claim="2")], session(2)) or ()
    assert later.claim is Claim.OURS
    assert await b.inbox.claim("1") is Claim.DONE
    assert await b.inbox.left(0) == (replace(later, claim=None),)
