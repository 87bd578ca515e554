"""The hot state of a bot with several pods: Redis's, or while it is away what this process knows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from botpod.state.port import View
from botpod.state.reach import AWAY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from botpod.state.local import LocalState
    from botpod.state.port import Lease, Serving, Session, Verdict
    from botpod.state.reach import Reach
    from botpod.state.redis import RedisState

MOST_CAREFUL = 10.0
"""The longest that turns wait for after Redis returned: those of a day's last starts are minutes apart."""
FREE_PART = 4
"""Of a limit this part is granted without asking what other pods have granted."""


class SharedState:
    """A :class:`botpod.state.port.HotState`.

    While Redis is away owners keep their shards and nobody takes one; what is counted or taken is remembered
    here. For one lease time after it returned still nobody takes a shard: its owner may be about to renew.
    So it is where another Redis answers than before, which may lack what the last one was told in the end.
    """

    def __init__(self, redis: RedisState, local: LocalState, *, lease_seconds: float, reach: Reach) -> None:
        self._redis = redis
        self._local = local
        self._lease_seconds = lease_seconds
        self._reach = reach
        self._mine: dict[int, Lease] = {}
        self._pods = 1
        """How many there were when they were last heard of."""

    @property
    def pod(self) -> str:
        """The name of this pod."""
        return self._redis.pod

    async def hit(self, key: str, *, limit: int, window: float) -> Verdict:
        """See :class:`botpod.state.port.RateWindows`.

        Pods are asked what they have counted from a part of the limit on: most people never come near it.
        Who writes to several pods at once may get so much more, of each.
        """
        counted = self._local.counted(key, window=window)
        if limit // FREE_PART <= counted < limit:
            verdict = await self._reach.ask(lambda: self._redis.hit(key, limit=limit, window=window))
            if verdict is not None and not verdict.allowed:
                return verdict
        return await self._local.hit(key, limit=limit, window=window)

    async def lock(self, name: str, *, ttl: float) -> bool:
        """See :class:`botpod.state.port.Locks`; nobody has it while Redis is away."""
        return bool(await self._reach.ask(lambda: self._redis.lock(name, ttl=ttl)))

    async def turn(self, bucket: int, ticket: str, *, interval: float, take: bool) -> float:
        """See :class:`botpod.state.port.IdentifyQueue`."""
        # Whoever had the last turn may not be known to a Redis that has just returned.
        careful = min(interval, MOST_CAREFUL) - self._reach.back_for
        take = take and careful <= 0
        wait = await self._reach.ask(lambda: self._redis.turn(bucket, ticket, interval=interval, take=take))
        if wait is None:
            # As much room is left to each of the pods that can't be asked.
            alone = interval * self._pods
            return await self._local.turn(bucket, ticket, interval=alone, take=take)
        if take and wait <= 0:
            # For the time when Redis is away.
            self._local.turn_taken(bucket, ticket)
        return max(wait, careful)

    async def wrote(self, channel: int) -> None:
        """See :class:`botpod.state.port.DirectChannels`."""
        await self._local.wrote(channel)
        await self._reach.ask(lambda: self._redis.wrote(channel))

    async def written(self) -> Sequence[int]:
        """See :class:`botpod.state.port.DirectChannels`."""
        written = await self._reach.ask(self._redis.written)
        return await self._local.written() if written is None else written

    async def count(self, proposal: int) -> int:
        """See :class:`botpod.state.port.Shards`; waits for Redis, as nothing can be taken without it."""
        while True:
            count = await self._reach.ask(lambda: self._redis.count(proposal))
            if count is not None:
                return count
            await asyncio.sleep(AWAY_SECONDS)

    def join(self, count: int) -> None:
        """See :class:`botpod.state.port.Shards`."""
        self._redis.join(count)

    async def serving(self, connected: Collection[int]) -> Serving | None:
        """See :class:`botpod.state.port.Shards`."""
        return await self._reach.ask(lambda: self._redis.serving(connected))

    async def view(self) -> View:
        """See :class:`botpod.state.port.Shards`."""
        view = await self._reach.ask(self._redis.view)
        if view is None:
            return View(pods=(self.pod,), owners=dict.fromkeys(self._mine, self.pod))
        self._pods = max(1, len(view.pods))
        return view

    async def acquire(self, shard: int) -> Lease | None:
        """See :class:`botpod.state.port.Shards`."""
        server = await self._reach.ask(self._redis.server)
        if server is None:
            return None
        name, uptime = server
        self._reach.met(name)
        if min(uptime, self._reach.back_for) < self._lease_seconds:
            return None
        lease = await self._reach.ask(lambda: self._redis.acquire(shard))
        if lease is not None:
            self._mine[shard] = lease
        return lease

    async def renew(self, leases: Sequence[Lease], sessions: Mapping[int, Session]) -> frozenset[int]:
        """See :class:`botpod.state.port.Shards`; while Redis is away nothing is lost."""
        lost = await self._reach.ask(lambda: self._redis.renew(leases, sessions)) or frozenset()
        for shard in lost:
            self._mine.pop(shard, None)
        return lost

    async def release(self, lease: Lease, session: Session | None) -> None:
        """See :class:`botpod.state.port.Shards`."""
        self._mine.pop(lease.shard, None)
        await self._reach.ask(lambda: self._redis.release(lease, session))

    async def leave(self) -> None:
        """See :class:`botpod.state.port.Shards`."""
        await self._reach.ask(self._redis.leave)

    async def change(self, seconds: float) -> None:
        """See :class:`botpod.state.port.Shards`; while Redis is away nothing changes."""
        if not await self._reach.do(lambda: self._redis.change(seconds)):
            await asyncio.sleep(seconds)

    async def advice(self) -> str | None:
        """Say what in Redis's settings may lose state, or nothing where it doesn't tell."""
        # Not through ``reach``: no answer here says nothing of the rest. It may keep its settings to itself.
        return await self._redis.weaknesses()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()
