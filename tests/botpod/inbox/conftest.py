from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from pod_state import pod_shares

from botpod.state.compose import Shared

if TYPE_CHECKING:
    from redis_server import RedisServer

LEASE = 0.5

type MakePod = Callable[[str], Shared]


@pytest.fixture
async def pods(redis_server: RedisServer) -> AsyncIterator[MakePod]:
    """Make pods that share a Redis which has been up for longer than a lease."""
    async with AsyncExitStack() as stack:

        def make(name: str) -> Shared:
            shares = pod_shares(redis_server.url, pod=name, lease_seconds=LEASE)
            stack.push_async_callback(shares.state.close)
            return shares

        yield make
