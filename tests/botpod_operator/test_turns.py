"""Turns are fair between owners: who has much to do, or whose turns last, holds up itself alone."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st

from botpod_operator.errors import NotYet
from botpod_operator.watch.queue import Queue
from botpod_operator.watch.turns import Turns
from botpod_operator.watch.workers import FairWorkers


async def test_one_owner_has_no_more_than_its_share() -> None:
    turns: Turns[str] = Turns(total=4, each=2)
    over, had = asyncio.Event(), Counter[str]()

    async def take(owner: str) -> None:
        async with turns.turn(owner):
            had[owner] += 1
            await over.wait()

    tasks = [asyncio.create_task(take(owner)) for owner in ["greedy"] * 50 + ["a", "b", "c"]]
    await eventually(lambda: had.total() == 4)
    assert had == {"greedy": 2, "a": 1, "b": 1}
    over.set()
    await asyncio.gather(*tasks)
    assert had == {"greedy": 50, "a": 1, "b": 1, "c": 1}
    assert len(turns) == 0


async def test_owners_take_turns_whoever_has_more_that_wait() -> None:
    turns: Turns[str] = Turns(total=1, each=1)
    order: list[str] = []

    async def take(owner: str) -> None:
        async with turns.turn(owner):
            order.append(owner)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(owner) for owner in [*"aaaaaa", "b", "c", "b"]))
    assert order[:6] == ["a", "a", "b", "c", "a", "b"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=30), st.integers(1, 4))
def test_whatever_comes_and_is_given_up_no_turn_is_lost_and_none_too_many(
    wanted: list[tuple[str, bool]], total: int
) -> None:
    async def play() -> None:
        turns: Turns[str] = Turns(total=total, each=2)
        now, most, done = Counter[str](), 0, 0

        async def take(owner: str) -> None:
            nonlocal most, done
            async with turns.turn(owner):
                now[owner] += 1
                most = max(most, now.total())
                assert now[owner] <= 2
                try:
                    await asyncio.sleep(0)
                finally:
                    now[owner] -= 1
                done += 1

        tasks = [(asyncio.create_task(take(owner)), gives_up) for owner, gives_up in wanted]
        await asyncio.sleep(0)
        for task, gives_up in tasks:
            if gives_up and not task.done():
                task.cancel()
                await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        assert most <= total
        assert len(turns) == 0
        async with asyncio.timeout(1):
            await take("a")

    asyncio.run(play())


class _Metrics:
    def looked(self, seconds: float, *, error: Exception | None = None) -> None:
        assert error is None, seconds


@pytest.mark.attack("hostile_trials")
async def test_looks_that_never_end_hold_up_their_own_owner_alone() -> None:
    queue: Queue[tuple[str, int]] = Queue(scheduler=asyncio.get_running_loop())
    turns: Turns[str] = Turns(total=8, each=2)
    looked: list[tuple[str, int]] = []

    async def look(key: tuple[str, int]) -> None:
        if key[0] == "hostile":
            await asyncio.Event().wait()
        looked.append(key)

    workers = FairWorkers(
        queue=queue,
        look=look,
        metrics=_Metrics(),
        clock=asyncio.get_running_loop().time,
        turn=lambda key: turns.turn(key[0]),
    )
    workers.start()
    for number in range(100):
        queue.add(("hostile", number))
    for number in range(10):
        queue.add(("team", number))
    await eventually(lambda: len(looked) == 10)
    queue.add(("team", 0))
    await eventually(lambda: len(looked) == 11)
    assert not workers.broken
    await workers.stop()


async def test_a_look_that_is_put_off_is_neither_a_failure_nor_forgotten() -> None:
    queue: Queue[tuple[str, int]] = Queue(scheduler=asyncio.get_running_loop())
    turns: Turns[str] = Turns(total=1, each=1)
    looked = 0

    async def look(_: tuple[str, int]) -> None:
        nonlocal looked
        looked += 1
        raise NotYet("it takes long")

    workers = FairWorkers(
        queue=queue,
        look=look,
        metrics=_Metrics(),
        clock=asyncio.get_running_loop().time,
        turn=lambda key: turns.turn(key[0]),
    )
    workers.start()
    queue.add(("team", 0))
    await eventually(lambda: looked == 1)
    queue.add(("team", 0))  # by whoever has the answer
    await eventually(lambda: looked == 2)
    await workers.stop()
