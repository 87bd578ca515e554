"""The state of one of several pods that share a Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from botpod.state.compose import Shared, through_redis
from botpod.state.redisstore import RedisStore, connect
from botpod.state.shared import SharedState

if TYPE_CHECKING:
    from redis_server import RedisServer

LEASE = 0.5

type MakePod = Callable[[str], Shared]
type MakeState = Callable[[str], SharedState]


def pod_shares(
    url: str, *, pod: str, lease_seconds: float, report: Callable[[str | None], None] = lambda _: None
) -> Shared:
    """Return what a pod of the bot ``default/hello`` shares; the caller closes its state."""
    store = RedisStore(connect(url), bot="default/hello", pod=pod, lease_seconds=lease_seconds)
    return through_redis(store, report=report)


@asynccontextmanager
async def pods_at(url: str) -> AsyncIterator[MakePod]:
    """Make pods that share a Redis; all are closed at the end."""
    async with AsyncExitStack() as stack:

        def make(name: str) -> Shared:
            shares = pod_shares(url, pod=name, lease_seconds=LEASE)
            stack.push_async_callback(shares.state.close)
            return shares

        yield make


@pytest.fixture
async def pods(redis_server: RedisServer) -> AsyncIterator[MakePod]:
    """Make pods that share a Redis, with the account that the operator makes for their bot."""
    async with pods_at(redis_server.bot_url) as make:
        yield make
