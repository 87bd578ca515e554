"""Keeps this process's share of the shards: takes, renews, runs and gives up."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod.gateway.shard import Shard, ShardTools
from botpod.gateway.sharing import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.state.port import Lease, Shards
    from botpod.status import Status

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Owned:
    lease: Lease
    shard: Shard
    task: asyncio.Task[None]


class ShardKeeper:
    """``lease_seconds`` is how long a silent owner keeps a shard; ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        *,
        shards: Shards,
        count: int,
        lease_seconds: float,
        status: Status,
        clock: Callable[[], float],
    ) -> None:
        self._shards = shards
        self._count = count
        self._lease_seconds = lease_seconds
        self._status = status
        self._clock = clock
        self._owned: dict[int, _Owned] = {}
        self._renewed_at = clock()
        self._turn = asyncio.Lock()

    async def run(self, tools: ShardTools) -> None:
        """Keep going until cancelled."""
        while True:
            async with self._turn:
                await self._renew()
                await self._share(tools)
            self._status.started = True
            await asyncio.sleep(self._lease_seconds / 3)

    async def still_ours(self, number: int) -> bool:
        """Say whether ``number`` may connect; asks again if the last renewal is long ago.

        A process that was frozen wakes up believing what was true before.
        """
        if self._clock() - self._renewed_at > self._lease_seconds / 2:
            async with self._turn:
                await self._renew()
        return number in self._owned

    async def _renew(self) -> None:
        leases = [owned.lease for owned in self._owned.values()]
        sessions = {
            number: session
            for number, owned in self._owned.items()
            if (session := owned.shard.session) is not None
        }
        lost = await self._shards.renew(leases, sessions)
        self._renewed_at = self._clock()
        for number in lost:
            self.lost(number)

    def lost(self, number: int) -> None:
        """Another pod owns a shard by now: have nothing more to do with it."""
        owned = self._owned.pop(number, None)
        if owned is not None:
            log.warning("A shard was lost to another pod.", extra={"shard": number})
            self._status.release(number)
            owned.task.cancel()

    async def _share(self, tools: ShardTools) -> None:
        view = await self._shards.view()
        todo = plan(view, count=self._count, pod=self._shards.pod)
        for number in todo.claim:
            lease = await self._shards.acquire(number)
            if lease is not None:
                self._start(lease, tools)
        if todo.give_up is not None and todo.give_up in self._owned:
            log.info("A shard is given to another pod.", extra={"shard": todo.give_up})
            await self._give_up(todo.give_up)

    def _start(self, lease: Lease, tools: ShardTools) -> None:
        shard = Shard(lease, tools)
        task = asyncio.create_task(shard.run(), name=f"shard {lease.shard}")
        self._owned[lease.shard] = _Owned(lease=lease, shard=shard, task=task)
        task.add_done_callback(lambda done: self._crashed(lease.shard, done))

    def _crashed(self, number: int, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A shard's task failed.", extra={"shard": number}, exc_info=error)

    async def _give_up(self, number: int) -> None:
        owned = self._owned.pop(number)
        owned.task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait({owned.task}, timeout=5)
        await self._shards.release(owned.lease, owned.shard.session)
        self._status.release(number)

    async def stop(self) -> None:
        """Give up every shard, all at once, and leave."""
        async with self._turn:
            await asyncio.gather(*(self._give_up(number) for number in list(self._owned)))
            await self._shards.leave()
