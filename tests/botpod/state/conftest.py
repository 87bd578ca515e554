from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from botpod.state.local import LocalState
from botpod.state.redis import RedisState, connect
from botpod.state.shared import SharedState

if TYPE_CHECKING:
    from redis_server import RedisServer

LEASE = 0.5

type MakePod = Callable[[str], SharedState]


@pytest.fixture
async def pods(redis_server: RedisServer) -> AsyncIterator[MakePod]:
    """Make pods that share a Redis which has been up for longer than a lease."""
    async with AsyncExitStack() as stack:

        def make(name: str) -> SharedState:
            state = SharedState(
                RedisState(connect(redis_server.url), bot="default/hello", pod=name, lease_seconds=LEASE),
                LocalState(pod=name, clock=time.monotonic),
                lease_seconds=LEASE,
                clock=time.monotonic,
                report=lambda _: None,
            )
            stack.push_async_callback(state.close)
            return state

        yield make
