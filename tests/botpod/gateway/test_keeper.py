"""How often a pod says that its shards are its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from virtual_time import run

from botpod.gateway.keeper import ShardKeeper
from botpod.state.port import Serving, View
from botpod.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from botpod.state.port import Lease, Session

LEASE = 1.5


class SlowShards:
    """Answers after ``seconds``, for a pod that has none of the two shards."""

    pod = "a"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.renewed: list[float] = []

    async def renew(self, leases: Sequence[Lease], sessions: Mapping[int, Session]) -> frozenset[int]:  # noqa: ARG002
        self.renewed.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.seconds)
        return frozenset()

    async def serving(self, connected: Collection[int]) -> Serving | None:  # noqa: ARG002
        await asyncio.sleep(self.seconds)
        return Serving(count=2)

    async def view(self) -> View:
        await asyncio.sleep(self.seconds)
        return View(pods=("a", "b", "c"), owners={0: "b", 1: "c"})

    async def change(self, seconds: float) -> None:
        await asyncio.sleep(seconds + self.seconds)


async def renewals(seconds: float) -> list[float]:
    """Return how far apart renewals are where each answer takes so long."""
    shards = SlowShards(seconds)
    keeper = ShardKeeper(
        shards=shards,  # type: ignore[arg-type] # what it asks in this case
        count=2,
        lease_seconds=LEASE,
        status=Status(),
        clock=asyncio.get_running_loop().time,
    )
    keeping = asyncio.create_task(keeper.run(None))  # type: ignore[arg-type] # it begins no shard
    await asyncio.sleep(20 * LEASE)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    return [after - before for before, after in zip(shards.renewed, shards.renewed[1:], strict=False)]


def test_a_slow_redis_does_not_make_leases_run_out() -> None:
    assert max(run(renewals(0.4))) < LEASE
    # Nor is a quick one asked more often than needed.
    assert min(run(renewals(0.001))) > LEASE / 4
