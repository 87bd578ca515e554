"""The hot state of a bot with several pods: Redis's, or while it is away what this process knows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from botpod.errors import Transient
from botpod.state.port import View
from botpod.state.restwindows import SharedRestWindows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from botpod.state.local import LocalState
    from botpod.state.port import Lease, Session, Verdict
    from botpod.state.redis import RedisState

AWAY_SECONDS = 1.0
"""How long Redis is left alone after it failed, so that not every event waits for it."""


class SharedState:
    """A :class:`botpod.state.port.HotState`; ``report`` gets what is wrong with Redis when that changes.

    While Redis is away owners keep their shards and nobody takes one; what is counted or taken is remembered
    here. For one lease time after it returned still nobody takes a shard: its owner may be about to renew.
    """

    def __init__(
        self,
        redis: RedisState,
        local: LocalState,
        *,
        lease_seconds: float,
        clock: Callable[[], float],
        report: Callable[[str | None], None],
    ) -> None:
        self._redis = redis
        self._local = local
        self._lease_seconds = lease_seconds
        self._clock = clock
        self.rest = SharedRestWindows(redis.rest, local.rest, clock=clock)
        self._report = report
        self._problem: str | None = None
        self._told = False
        self._failed_at = float("-inf")
        self._returned_at = float("-inf")
        self._mine: dict[int, Lease] = {}

    @property
    def pod(self) -> str:
        """The name of this pod."""
        return self._redis.pod

    @property
    def problem(self) -> str | None:
        """What is wrong with Redis, or None."""
        return self._problem

    async def _ask[T](self, call: Callable[[], Awaitable[T]]) -> T | None:
        """Return Redis's answer, or None when it is away."""
        if self._problem is not None and self._clock() - self._failed_at < AWAY_SECONDS:
            return None
        try:
            answer = await call()
        except Transient as error:
            self._failed_at = self._clock()
            self._say(str(error))
            return None
        if self._problem is not None:
            self._returned_at = self._clock()
        self._say(None)
        return answer

    def _say(self, problem: str | None) -> None:
        if not self._told or (problem is None) != (self._problem is None):
            self._report(problem)
        self._told, self._problem = True, problem

    async def hit(self, key: str, *, limit: int, window: float) -> Verdict:
        """See :class:`botpod.state.port.RateWindows`."""
        verdict = await self._ask(lambda: self._redis.hit(key, limit=limit, window=window))
        if verdict is None:
            return await self._local.hit(key, limit=limit, window=window)
        if verdict.allowed:
            await self._local.hit(key, limit=limit, window=window)
        return verdict

    async def claim(self, event: str, *, ttl: float) -> bool:
        """See :class:`botpod.state.port.Ledger`."""
        if not await self._local.claim(event, ttl=ttl):
            return False
        claimed = await self._ask(lambda: self._redis.claim(event, ttl=ttl))
        return claimed is not False

    async def lock(self, name: str, *, ttl: float) -> bool:
        """See :class:`botpod.state.port.Locks`; nobody has it while Redis is away."""
        return bool(await self._ask(lambda: self._redis.lock(name, ttl=ttl)))

    async def reserve(self, bucket: int, *, interval: float) -> float:
        """See :class:`botpod.state.port.IdentifyQueue`."""
        local = await self._local.reserve(bucket, interval=interval)
        shared = await self._ask(lambda: self._redis.reserve(bucket, interval=interval))
        # Alone, one more turn is left to the pods that can't be asked.
        return local + interval if shared is None else max(local, shared)

    async def count(self, proposal: int) -> int:
        """See :class:`botpod.state.port.Shards`; waits for Redis, as nothing can be taken without it."""
        while True:
            count = await self._ask(lambda: self._redis.count(proposal))
            if count is not None:
                return count
            await asyncio.sleep(AWAY_SECONDS)

    async def view(self) -> View:
        """See :class:`botpod.state.port.Shards`."""
        view = await self._ask(self._redis.view)
        return view or View(pods=(self.pod,), owners=dict.fromkeys(self._mine, self.pod))

    async def acquire(self, shard: int) -> Lease | None:
        """See :class:`botpod.state.port.Shards`."""
        uptime = await self._ask(self._redis.uptime)
        just_back = self._clock() - self._returned_at < self._lease_seconds
        if uptime is None or uptime < self._lease_seconds or just_back:
            return None
        lease = await self._ask(lambda: self._redis.acquire(shard))
        if lease is not None:
            self._mine[shard] = lease
        return lease

    async def renew(self, leases: Sequence[Lease], sessions: Mapping[int, Session]) -> frozenset[int]:
        """See :class:`botpod.state.port.Shards`; while Redis is away nothing is lost."""
        lost = await self._ask(lambda: self._redis.renew(leases, sessions)) or frozenset()
        for shard in lost:
            self._mine.pop(shard, None)
        return lost

    async def release(self, lease: Lease, session: Session | None) -> None:
        """See :class:`botpod.state.port.Shards`."""
        self._mine.pop(lease.shard, None)
        await self._ask(lambda: self._redis.release(lease, session))

    async def leave(self) -> None:
        """See :class:`botpod.state.port.Shards`."""
        await self._ask(self._redis.leave)

    async def advice(self) -> str | None:
        """Say what in Redis's settings may lose state."""
        return await self._ask(self._redis.weaknesses)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()
