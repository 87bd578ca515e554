"""Keeps this process's share of the shards: takes, renews, runs and gives up.

When the bot's number of shards changes, ``role.py`` says whether this process's set of shards serves.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod.gateway.role import Role, next_role
from botpod.gateway.shard import Shard
from botpod.gateway.sharing import plan
from botpod.status import ShardState

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.gateway.shardtools import ShardTools
    from botpod.state.port import Lease, Shards
    from botpod.status import Status

log = logging.getLogger(__name__)

CLOSING_SECONDS = 5.0
"""The most that a shard's end is waited for before it is another's."""
SETTLING_LEASES = 3
"""Lease times after which a process is started though it has none of the shards that are nobody's."""


@dataclass(slots=True)
class _Owned:
    lease: Lease
    shard: Shard
    task: asyncio.Task[None]
    leaving: asyncio.Task[None] | None = None
    """Gives it up; it is renewed for as long as that takes, as are all others."""


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
        self._role: Role | None = None
        self._other: int | None = None
        self._adopting: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        """Tasks of shards that were lost: what they are writing they finish."""
        self._renewed_at = clock()
        self._turn = asyncio.Lock()

    async def run(self, tools: ShardTools) -> None:
        """Keep going until cancelled."""
        first = self._clock()
        while True:
            began, settled = self._clock(), True
            async with self._turn:
                await self._renew()
                await self._take_role()
                if self._role is not Role.RETIRED:
                    settled = await self._share(tools)
            # Nobody may claim from a Redis that has just started: who waits for that is no stand-by yet.
            if settled or began - first >= self._lease_seconds * SETTLING_LEASES:
                self._status.started = True
            # Where Redis answers slowly it is the answers that take the time: a lease must not wait for both.
            left = self._lease_seconds / 3 - (self._clock() - began)
            if left > 0:
                await self._shards.change(left)

    async def still_ours(self, number: int, *, since: float) -> bool:
        """Say whether ``number`` may connect.

        It is asked for if the last renewal is long ago, or was before ``since``. A process that was frozen
        wakes up believing what was true before. And a connection that ended may have done so because another
        pod resumed its session: two that believe themselves the owner would take it from each other for as
        long as they do.
        """
        async with self._turn:
            if self._renewed_at <= max(since, self._clock() - self._lease_seconds / 2):
                await self._renew()
        return number in self._owned

    async def _renew(self) -> None:
        leases = [owned.lease for owned in self._owned.values()]
        sessions = {
            number: session
            for number, owned in self._owned.items()
            if (session := owned.shard.session) is not None
        }
        began = self._clock()
        lost = await self._shards.renew(leases, sessions)
        self._renewed_at = began
        for number in lost:
            self.lost(number)

    def lost(self, number: int) -> None:
        """Another pod owns a shard by now: have nothing more to do with it."""
        owned = self._owned.pop(number, None)
        if owned is not None:
            log.warning("A shard was lost to another pod.", extra={"shard": number})
            self._status.release(number)
            owned.task.cancel()
            self._ending.add(owned.task)
            owned.task.add_done_callback(self._ending.discard)

    async def _take_role(self) -> None:
        shards = self._status.shards
        connected = [
            number
            for number, owned in self._owned.items()
            if owned.leaving is None and number in shards and shards[number].state is ShardState.CONNECTED
        ]
        serving = await self._shards.serving(connected)
        role = next_role(self._role, serving=serving, count=self._count)
        if role is Role.MUTED and serving is not None:
            self._other = serving.count
        if role is self._role or role is None:
            return
        before, self._role = self._role, role
        told = {"role": role.name, "count": self._count, "serving": serving and serving.count}
        log.info("The shards have a role.", extra=told)
        self._status.muted = role is Role.MUTED
        match role:
            case Role.SERVING if before is Role.MUTED:
                self._unmute()
            case Role.RETIRED:
                for number in self._owned:
                    self._leave(number, resumable=False)

    def _unmute(self) -> None:
        for owned in self._owned.values():
            owned.shard.unmute()
        if 0 in self._owned and self._other is not None:
            # Of those who serve no more: what they are on they finish, what they aren't is ours.
            adopting = self._owned[0].shard.adopt(self._other)
            self._adopting = asyncio.create_task(adopting, name="adopt")

    async def _share(self, tools: ShardTools) -> bool:
        """Take and give up shards; return whether all that were to be taken could be."""
        view = await self._shards.view()
        todo = plan(view, count=self._count, pod=self._shards.pod)
        for number in todo.claim:
            lease = await self._shards.acquire(number)
            if lease is not None:
                self._start(lease, tools)
        settled = all(number in self._owned for number in todo.claim)
        leaving = any(owned.leaving for owned in self._owned.values())
        if todo.give_up in self._owned and not leaving:
            log.info("A shard is given to another pod.", extra={"shard": todo.give_up})
            self._leave(todo.give_up)
        return settled

    def _start(self, lease: Lease, tools: ShardTools) -> None:
        shard = Shard(lease, tools, muted=self._role is Role.MUTED)
        task = asyncio.create_task(shard.run(), name=f"shard {lease.shard}")
        self._owned[lease.shard] = _Owned(lease=lease, shard=shard, task=task)
        task.add_done_callback(lambda done: self._crashed(lease.shard, done))

    def _crashed(self, number: int, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A shard's task failed.", extra={"shard": number}, exc_info=error)

    def _leave(self, number: int, *, resumable: bool = True) -> asyncio.Task[None]:
        """Begin to give a shard up: closing it may take longer than the others' leases last."""
        owned = self._owned[number]
        if owned.leaving is None:
            giving_up = self._give_up(number, owned, resumable=resumable)
            owned.leaving = asyncio.create_task(giving_up, name=f"give up {number}")
        return owned.leaving

    async def _give_up(self, number: int, owned: _Owned, *, resumable: bool) -> None:
        owned.task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait({owned.task}, timeout=CLOSING_SECONDS)
        # Not while it is being renewed: that would take it back.
        async with self._turn:
            if self._owned.get(number) is not owned:
                return
            del self._owned[number]
            await self._shards.release(owned.lease, owned.shard.session if resumable else None)
            self._status.release(number)

    async def stop(self) -> None:
        """Give up every shard, all at once, and leave; nothing of those that were lost goes on either."""
        if self._adopting is not None:
            self._adopting.cancel()
        # First, so that others have room for what comes free.
        await self._shards.leave()
        await asyncio.gather(*(self._leave(number) for number in list(self._owned)))
        if self._ending:
            await asyncio.wait(self._ending, timeout=CLOSING_SECONDS)
