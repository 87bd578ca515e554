"""Windows for REST: in one process, in Redis, and while Redis is away."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from pod_state import pod_shares
from redis_switch import RedisSwitch

from botpod.errors import Transient
from botpod.state import redisstore, sharedrest
from botpod.state.compose import through_redis
from botpod.state.localrest import LocalRestWindows
from botpod.state.reach import Reach
from botpod.state.redisrest import RedisRestWindows
from botpod.state.redisstore import RedisStore, connect
from botpod.state.restwindows import Grant, RestWindow, RestWindows
from botpod.state.sharedrest import SharedRestWindows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis_server import RedisServer


def window(name: str, limit: int, period: float) -> RestWindow:
    return RestWindow(name=name, limit=limit, period=period)


@pytest.fixture(params=["local", "redis"])
async def windows(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RestWindows]:
    # A busy machine is no reason for a refusal.
    monkeypatch.setattr(redisstore, "CALL_SECONDS", 5.0)
    if request.param == "local":
        yield LocalRestWindows()
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    store = RedisStore(connect(server.url), bot="default/hello", pod="a", lease_seconds=5)
    yield RedisRestWindows(store)  # type: ignore[misc] # all but what a pod adds
    await store.close()


async def test_as_many_as_there_is_room_for_and_then_none(windows: RestWindows) -> None:
    first = await windows.take(window("global", 5, 60), wanted=3)
    second = await windows.take(window("global", 5, 60), wanted=3)
    third = await windows.take(window("global", 5, 60), wanted=3)
    other = await windows.take(window("other", 5, 60), wanted=1)

    assert [first.granted, second.granted, third.granted, other.granted] == [3, 2, 0, 1]
    assert 58 < third.wait <= 60


async def test_there_is_room_again_when_it_was_said(windows: RestWindows) -> None:
    await windows.take(window("global", 1, 0.2))
    refused = await windows.take(window("global", 1, 0.2))
    await asyncio.sleep(refused.wait + 0.01)

    assert (await windows.take(window("global", 1, 0.2))).granted == 1


async def test_parallel_takers_never_get_more(windows: RestWindows) -> None:
    grants = await asyncio.gather(*(windows.take(window("w", 7, 60), wanted=2) for _ in range(10)))

    assert sum(grant.granted for grant in grants) == 7


async def test_what_discord_blocked_stays_blocked(windows: RestWindows) -> None:
    await windows.block("w", seconds=0.3)
    blocked = await windows.take(window("w", 5, 1))

    assert blocked.granted == 0
    assert 0 < blocked.wait <= 0.3
    await asyncio.sleep(blocked.wait + 0.01)
    assert (await windows.take(window("w", 5, 1))).granted == 1


async def test_invalid_requests_add_up(windows: RestWindows) -> None:
    assert [await windows.invalid(more) for more in (1, 2, 0)] == [1, 3, 3]


async def test_two_windows_are_taken_from_together_or_not_at_all(redis_server: RedisServer) -> None:
    store = RedisStore(connect(redis_server.url), bot="default/hello", pod="a", lease_seconds=5)
    other_pod = RedisStore(connect(redis_server.url), bot="default/hello", pod="b", lease_seconds=5)
    shared = through_redis(store, report=lambda _: None).rest
    wide, narrow = window("wide", 3, 60), window("narrow", 1, 60)

    await RedisRestWindows(other_pod).take(window("any", 1, 60))
    assert await shared.take_of_both(wide, narrow)
    assert not await shared.take_of_both(wide, narrow)
    assert not await shared.take_of_both(narrow, wide)
    # What was refused took nothing.
    assert (await shared.take(wide, wanted=9)).granted == 2
    await shared.block("fresh", seconds=30)
    assert not await shared.take_of_both(window("free", 1, 60), window("fresh", 5, 60))
    assert await shared.take_of_both(window("free", 1, 60), window("other", 1, 60))
    redis_server.kill()
    assert not await shared.take_of_both(window("free", 9, 60), window("other", 9, 60))
    await store.close()
    await other_pod.close()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_invalid_requests_are_forgotten_after_ten_minutes() -> None:
    clock = Clock()
    windows = LocalRestWindows(clock)
    await windows.invalid(5)
    clock.now = 9 * 60
    assert await windows.invalid(1) == 6
    clock.now = 11 * 60
    assert await windows.invalid(0) == 1


def test_memory_is_bounded() -> None:
    windows = LocalRestWindows(Clock())
    for number in range(10_005):
        windows.take_now(window(str(number), 1, 60))

    assert windows.take_now(window("10004", 1, 60)).granted == 0
    assert windows.take_now(window("0", 1, 60)).granted == 1


class Asked:
    """A store that is away when told so."""

    def __init__(self) -> None:
        self.pods = 3
        self.away = False
        self.calls = 0

    async def take(self, *_: RestWindow, wanted: int = 1) -> Grant:
        self.calls += 1
        if self.away:
            raise Transient("away")
        return Grant(granted=wanted)

    def windows(self, clock: Clock) -> SharedRestWindows:
        reach = Reach(clock=clock, report=lambda _: None, probe=self.probe)
        return SharedRestWindows(self, LocalRestWindows(clock), reach=reach, clock=clock)

    async def probe(self) -> None:
        if self.away:
            raise Transient("away")

    async def block(self, name: str, *, seconds: float) -> None: ...

    async def invalid(self, more: int) -> int:
        return more


async def test_alone_only_a_share_is_taken_and_for_a_moment_after() -> None:
    clock, asked = Clock(), Asked()
    windows = asked.windows(clock)

    async def take(*, common: bool = True) -> int:
        return (await windows.take(window("w", 40, 2), wanted=40, common=common)).granted

    clock.now = 10
    assert await take() == 40
    asked.away = True
    # The others may have taken all a moment ago.
    clock.now = 10.5
    assert await take() == 0
    clock.now = 20
    assert await take() == 12
    assert await take() == 0
    # What nobody else uses just now isn't shared out.
    assert await take(common=False) == 40
    asked.away, clock.now = False, 22
    assert await take() == 12
    clock.now = 25
    assert await take() == 40


async def test_who_lives_counts_though_it_has_sent_nothing_yet(redis_server: RedisServer) -> None:
    shares = [pod_shares(redis_server.url, pod=name, lease_seconds=5) for name in ("a", "b", "c")]
    one, *others = shares
    for share in others:
        await share.inbox.live()
    assert (await one.rest.take(window("global", 50, 0.2))).granted == 1
    redis_server.kill()
    granted = 0
    async with asyncio.timeout(5):
        while not granted:
            granted = (await one.rest.take(window("global", 50, 0.2), wanted=50)).granted
    # A third of nine tenths.
    assert granted == 15
    for share in shares:
        await share.state.close()


async def test_who_is_alone_asks_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharedrest, "COMPANY_SECONDS", 0.0)
    clock, asked = Clock(), Asked()
    asked.pods = 1
    windows = asked.windows(clock)
    wide, narrow = window("wide", 40, 2), window("narrow", 10, 2)
    granted = 0
    for moment in range(100):
        clock.now = 10 + moment / 100
        granted += await windows.take_of_both(wide, narrow)

    # In one second, of windows of two: as much as there is, and asked for twice.
    assert granted == 10
    assert asked.calls <= 4
    assert (await windows.take(wide, wanted=40)).granted == 30


async def test_who_was_alone_is_careful_when_another_comes() -> None:
    clock, asked = Clock(), Asked()
    asked.pods = 1
    windows = asked.windows(clock)
    one = window("w", 40, 2)
    for clock.now in (10, 12, 15):
        assert (await windows.take(one, wanted=10)).granted == 10
    calls = asked.calls
    asked.pods, clock.now = 2, 15.4
    # Not known yet; what it can't know of is what the other has taken meanwhile.
    assert (await windows.take(one, wanted=20)).granted == 20
    assert asked.calls == calls
    clock.now = 15.6
    # Redis, which wasn't told of those, would grant forty more.
    assert (await windows.take(one, wanted=40)).granted == 0
    assert not await windows.take_of_both(one, window("v", 40, 2))
    clock.now = 17.5
    assert (await windows.take(one, wanted=40)).granted == 40


async def test_whether_one_is_alone_isnt_known_at_once_nor_when_redis_has_just_returned() -> None:
    clock, asked = Clock(), Asked()
    asked.pods = 1
    windows = asked.windows(clock)
    moments = [10.0, 10.1, 16.0, 16.1, 17.0, 18.5, 18.6]
    for clock.now in moments:
        asked.away = clock.now == 17.0
        await windows.take(window("w", 40, 2))

    # All but the fourth.
    assert asked.calls == len(moments) - 1


async def test_a_store_that_is_away_is_left_alone_for_a_while() -> None:
    clock, asked = Clock(), Asked()
    asked.away = True
    windows = asked.windows(clock)
    for _ in range(50):
        await windows.take(window("w", 40, 2))

    assert asked.calls == 1


async def test_a_redis_that_hangs_is_waited_for_once(redis_server: RedisServer) -> None:
    store = RedisStore(connect(redis_server.url), bot="default/hello", pod="a", lease_seconds=5)
    windows = through_redis(store, report=lambda _: None).rest
    assert (await windows.take(window("w", 100, 60))).granted == 1
    redis_server.freeze()
    before = time.monotonic()
    granted = [(await windows.take(window("w", 100, 60))).granted for _ in range(40)]
    took = time.monotonic() - before
    redis_server.thaw()
    await store.close()

    # What others may have taken a moment ago isn't taken again.
    assert sum(granted) == 0
    assert took < 2 * redisstore.CALL_SECONDS


async def test_whoever_was_held_up_for_a_moment_sends_on(redis_server: RedisServer) -> None:
    switch = RedisSwitch(redis_server, path=redis_server.directory / "switch.sock")
    async with switch.listening():
        shares = [pod_shares(switch.url, pod=name, lease_seconds=5) for name in ("a", "b")]
        for share in shares:
            assert (await share.rest.take(window("global", 50, 1.0))).granted == 1
        switch.delay = lambda: 0.4
        assert (await shares[0].rest.take(window("global", 50, 1.0))).granted == 1
        switch.delay = lambda: 0.0
        assert (await shares[0].rest.take(window("global", 50, 1.0), wanted=40)).granted == 40
        for share in shares:
            await share.state.close()
