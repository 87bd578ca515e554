"""The hot state of a bot that runs in one process: everything in memory, nothing to wait for."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from botpod.state.line import Line
from botpod.state.port import MOST_DIRECT, Lease, Serving, Verdict, View
from botpod.state.windows import LocalWindows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from botpod.state.port import Session


class LocalState:
    """A :class:`botpod.state.port.HotState` for the only process; ``clock`` is monotonic, in seconds."""

    def __init__(self, *, pod: str, clock: Callable[[], float]) -> None:
        self._pod = pod
        self._windows = LocalWindows(clock)
        self._lines: defaultdict[int, Line] = defaultdict(lambda: Line(clock))
        self._count: int | None = None
        self._fence = 0
        self._set = 0
        self._owned: set[int] = set()
        self._direct: dict[int, None] = {}

    @property
    def pod(self) -> str:
        """The name of this pod."""
        return self._pod

    def counted(self, key: str, *, window: float) -> int:
        """Return how many were counted under ``key`` here in the last ``window`` seconds."""
        return self._windows.counted(key, window=window)

    async def hit(self, key: str, *, limit: int, window: float) -> Verdict:
        """See :class:`botpod.state.port.RateWindows`."""
        return self._windows.hit(key, limit=limit, window=window)

    async def lock(self, name: str, *, ttl: float) -> bool:  # noqa: ARG002 - nobody else could hold it
        """See :class:`botpod.state.port.Locks`."""
        return True

    async def turn(self, bucket: int, ticket: str, *, interval: float, take: bool) -> float:
        """See :class:`botpod.state.port.IdentifyQueue`."""
        return self._lines[bucket].turn(ticket, interval=interval, take=take)

    def turn_taken(self, bucket: int, ticket: str) -> None:
        """Somebody has taken a turn, as was decided elsewhere."""
        self._lines[bucket].taken(ticket)

    async def count(self, proposal: int) -> int:
        """See :class:`botpod.state.port.Shards`."""
        self._count = self._count or proposal
        return self._count

    async def wrote(self, channel: int) -> None:
        """See :class:`botpod.state.port.DirectChannels`."""
        self._direct.pop(channel, None)
        self._direct[channel] = None
        while len(self._direct) > MOST_DIRECT:
            self._direct.pop(next(iter(self._direct)))

    async def written(self) -> Sequence[int]:
        """See :class:`botpod.state.port.DirectChannels`."""
        return list(self._direct)

    def join(self, count: int) -> None:
        """See :class:`botpod.state.port.Shards`."""
        self._set = count

    async def serving(self, connected: Collection[int]) -> Serving:  # noqa: ARG002 - there is no other set
        """See :class:`botpod.state.port.Shards`."""
        return Serving(count=self._set)

    async def view(self) -> View:
        """See :class:`botpod.state.port.Shards`."""
        return View(pods=(self._pod,), owners=dict.fromkeys(self._owned, self._pod))

    async def acquire(self, shard: int) -> Lease | None:
        """See :class:`botpod.state.port.Shards`."""
        if shard in self._owned:
            return None
        self._fence += 1
        self._owned.add(shard)
        return Lease(shard=shard, fence=self._fence)

    async def renew(
        self,
        leases: Sequence[Lease],  # noqa: ARG002 - nobody else could take them
        sessions: Mapping[int, Session],  # noqa: ARG002 - they die with this process
    ) -> frozenset[int]:
        """See :class:`botpod.state.port.Shards`."""
        return frozenset()

    async def release(self, lease: Lease, session: Session | None) -> None:  # noqa: ARG002 - nobody resumes it
        """See :class:`botpod.state.port.Shards`."""
        self._owned.discard(lease.shard)

    async def advice(self) -> str | None:
        """Memory needs none."""
        return None

    async def leave(self) -> None:
        """Nobody is told."""

    async def change(self, seconds: float) -> None:
        """There is no other pod."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Nothing is held."""
