from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from botpod.errors import Transient
from botpod.gateway.remembered import Remembered

SECONDS = 60.0


class Source:
    """Answers once it is let go, with the key and how often it was asked for it."""

    def __init__(self) -> None:
        self.asked: Counter[int] = Counter()
        self.go = asyncio.Event()
        self.go.set()
        self.failing = False
        self.now = 0.0

    async def ask(self, key: int) -> tuple[int, int]:
        self.asked[key] += 1
        number = self.asked[key]
        await self.go.wait()
        if self.failing:
            raise Transient("away")
        return key, number

    def remembered(self, *, bound: int = 3) -> Remembered[tuple[int, int]]:
        return Remembered(self.ask, seconds=SECONDS, bound=bound, clock=lambda: self.now)


async def test_an_answer_is_remembered_for_its_time_since_it_was_asked_for() -> None:
    source = Source()
    known = source.remembered()
    source.go.clear()
    first = asyncio.create_task(known.get(1))
    await asyncio.sleep(0)
    source.now = SECONDS / 2
    source.go.set()

    assert await first == (1, 1)
    source.now = SECONDS - 1
    assert await known.get(1) == (1, 1)
    source.now = SECONDS
    assert await known.get(1) == (1, 2)


async def test_who_asks_for_the_same_waits_for_one_answer() -> None:
    source = Source()
    known = source.remembered()
    source.go.clear()
    asking = [asyncio.create_task(known.get(key)) for key in (1, 1, 2, 1)]
    await asyncio.sleep(0)
    source.go.set()

    assert await asyncio.gather(*asking) == [(1, 1), (1, 1), (2, 1), (1, 1)]
    assert source.asked == {1: 1, 2: 1}


async def test_who_stops_waiting_stops_nobody_else() -> None:
    source = Source()
    known = source.remembered()
    source.go.clear()
    impatient, patient = (asyncio.create_task(known.get(1)) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait({impatient})
    source.go.set()

    assert await patient == (1, 1)


async def test_a_failure_is_told_to_all_and_not_remembered() -> None:
    source = Source()
    known = source.remembered()
    source.go.clear()
    source.failing = True
    asking = [asyncio.create_task(known.get(1)) for _ in range(2)]
    await asyncio.sleep(0)
    source.go.set()

    outcomes = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(one) for one in outcomes] == [Transient, Transient]
    source.failing = False
    assert await known.get(1) == (1, 2)


async def test_what_was_known_and_is_too_old_is_no_answer_where_asking_fails() -> None:
    source = Source()
    known = source.remembered()
    await known.get(1)
    source.now, source.failing = SECONDS, True

    with pytest.raises(Transient):
        await known.get(1)


async def test_the_oldest_is_forgotten_for_the_newest() -> None:
    source = Source()
    known = source.remembered(bound=3)
    for key in (1, 2, 3, 4):
        await known.get(key)

    for key in (2, 3, 4, 1):
        await known.get(key)

    assert source.asked == {1: 2, 2: 1, 3: 1, 4: 1}


async def test_closing_leaves_nobody_waiting() -> None:
    source = Source()
    known = source.remembered()
    source.go.clear()
    waiting = asyncio.create_task(known.get(1))
    await asyncio.sleep(0)
    known.close()

    await asyncio.wait({waiting}, timeout=1)
    assert waiting.cancelled()
