"""A reply that is lost on its way: the call is sent once more, and counts once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from botpod.inbox.port import Claim
from botpod.inbox.redis import RedisInbox
from botpod.state.redis import RedisState
from botpod.state.redisstore import RedisStore, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from redis_server import RedisServer


class Loser:
    """Passes everything on, until it is told to cut the connection in the place of the next reply."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._loses = False
        self._busy: set[asyncio.Task[None]] = set()
        self._serving: set[asyncio.Task[object]] = set()
        self.lost = 0

    def lose_one(self) -> None:
        self._loses = True

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Path]:
        path = self._server.directory / "loser.sock"
        server = await asyncio.start_unix_server(self._serve, path)
        try:
            yield path
        finally:
            server.close()
            tasks = [*self._busy, *self._serving]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        replies, requests = await asyncio.open_unix_connection(self._server.socket)
        asking = asyncio.create_task(self._ask(reader, requests))
        self._busy.add(asking)
        try:
            while (reply := await replies.read(65_536)) and not self._cuts():
                writer.write(reply)
        finally:
            asking.cancel()
            self._busy.discard(asking)
            writer.close()
            requests.close()

    def _cuts(self) -> bool:
        cuts, self._loses = self._loses, False
        self.lost += cuts
        return cuts

    @staticmethod
    async def _ask(reader: asyncio.StreamReader, requests: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                requests.write(data)


@pytest.fixture
def loser(redis_server: RedisServer) -> Loser:
    return Loser(redis_server)


@pytest.fixture
async def store(loser: Loser) -> AsyncIterator[RedisStore]:
    async with loser.listening() as path:
        store = RedisStore(connect(f"unix://{path}"), bot="default/hello", pod="a", lease_seconds=5)
        # Its scripts are known there from now on, so that the reply that is lost is that of the call.
        state, inbox = RedisState(store), RedisInbox(store)
        await state.hit("warm", limit=1, window=1)
        await state.acquire(9)
        await state.lock("warm", ttl=1)
        await state.turn(9, "warm", interval=1, take=True)
        await inbox.claim("warm")
        yield store
        await store.close()
    assert loser.lost


async def test_a_hit_counts_once(store: RedisStore, loser: Loser) -> None:
    loser.lose_one()
    verdicts = [await RedisState(store).hit("ann", limit=1, window=60) for _ in range(2)]

    assert [verdict.allowed for verdict in verdicts] == [True, False]


async def test_what_is_claimed_is_ours(store: RedisStore, loser: Loser) -> None:
    inbox = RedisInbox(store)
    loser.lose_one()

    assert await inbox.claim("1") is Claim.OURS
    assert await inbox.holds("1")
    assert await inbox.claim("1") is Claim.ELSEWHERE


async def test_a_lease_is_ours(store: RedisStore, loser: Loser) -> None:
    state = RedisState(store)
    loser.lose_one()
    lease = await state.acquire(0)

    assert lease is not None
    assert await state.acquire(0) is None
    assert await state.renew([lease], {}) == frozenset()


async def test_a_lock_is_ours(store: RedisStore, loser: Loser) -> None:
    state = RedisState(store)
    loser.lose_one()

    assert await state.lock("commands", ttl=60)
    assert not await state.lock("commands", ttl=60)


async def test_a_turn_is_ours(store: RedisStore, loser: Loser) -> None:
    state = RedisState(store)
    loser.lose_one()

    assert await state.turn(0, "0", interval=60, take=True) == 0
    assert await state.turn(0, "1", interval=60, take=True) > 50
