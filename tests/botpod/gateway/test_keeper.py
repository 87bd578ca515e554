"""How often a pod says that its shards are its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from virtual_time import run

from botpod.gateway import keeper as keeper_module
from botpod.gateway.keeper import ShardKeeper
from botpod.state.port import Lease, Serving, View
from botpod.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence

    import pytest

    from botpod.state.port import Session

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


class OneShard:
    """Grants the only shard there is to this pod, and remembers what became of it."""

    pod = "a"

    def __init__(self) -> None:
        self.owner: str | None = None
        self.owned = asyncio.Event()
        self.takes_away = False
        self.released: list[int] = []

    async def renew(self, leases: Sequence[Lease], _: Mapping[int, Session]) -> frozenset[int]:
        return frozenset(lease.shard for lease in leases) if self.takes_away else frozenset()

    async def serving(self, _: Collection[int]) -> Serving:
        return Serving(count=1)

    async def view(self) -> View:
        return View(pods=("a",), owners={0: self.owner} if self.owner else {})

    async def acquire(self, shard: int) -> Lease:
        self.owner = self.pod
        self.owned.set()
        return Lease(shard=shard, fence=1)

    async def release(self, lease: Lease, _: Session | None) -> None:
        self.released.append(lease.shard)

    async def leave(self) -> None:
        return None

    async def change(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class PlayedShard:
    """Does what the test says for as long as it is connected."""

    session = None

    def __init__(self, run: Callable[[], Coroutine[None, None, None]]) -> None:
        self.run = run


async def kept(
    shards: OneShard, monkeypatch: pytest.MonkeyPatch, run: Callable[[], Coroutine[None, None, None]]
) -> tuple[ShardKeeper, asyncio.Task[None]]:
    """Return one that has its shard, and its task."""
    monkeypatch.setattr(keeper_module, "Shard", lambda *_, **__: PlayedShard(run))
    keeper = ShardKeeper(
        shards=shards,  # type: ignore[arg-type] # what it asks in these cases
        count=1,
        lease_seconds=LEASE,
        status=Status(),
        clock=asyncio.get_running_loop().time,
    )
    keeping = asyncio.create_task(keeper.run(None))  # type: ignore[arg-type] # its shard is played
    await asyncio.wait_for(shards.owned.wait(), 10)
    await asyncio.sleep(0)
    return keeper, keeping


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_shard_that_fails_in_a_way_of_its_own_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    keeper, keeping = await kept(OneShard(), monkeypatch, fail)
    await asyncio.sleep(0)
    assert "A shard's task failed." in caplog.text
    await ended(keeping)
    await keeper.stop()


async def test_a_shard_that_is_lost_while_it_is_given_up_is_not_given_up_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = asyncio.Event()

    async def close_slowly() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await closed.wait()

    shards = OneShard()
    keeper, keeping = await kept(shards, monkeypatch, close_slowly)
    await ended(keeping)
    stopping = asyncio.create_task(keeper.stop())
    await asyncio.sleep(0.01)
    keeper.lost(0)
    closed.set()
    await asyncio.wait_for(stopping, 10)
    assert shards.released == []


async def test_what_a_lost_shard_still_writes_is_waited_for_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = asyncio.Event()

    async def write_at_last() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            written.set()

    shards = OneShard()
    keeper, keeping = await kept(shards, monkeypatch, write_at_last)
    shards.takes_away = True
    assert not await keeper.still_ours(0, since=asyncio.get_running_loop().time())
    await ended(keeping)
    await keeper.stop()
    assert written.is_set()
    assert shards.released == []
