"""The queue by itself, on a clock of the test's own."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botpod_operator.watch.lanes import IN_A_ROW
from botpod_operator.watch.queue import BACK_OFF_MOST, Queue

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = st.sampled_from(["add", "one of many", "get", "done", "later", "forward"])


@dataclass(order=True)
class _Timer:
    at: float
    callback: Callable[[], object] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True

    def when(self) -> float:
        return self.at


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self._timers: list[_Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> _Timer:
        timer = _Timer(when, lambda: callback(*args))
        heapq.heappush(self._timers, timer)
        return timer

    def forward(self, seconds: float) -> None:
        self.now += seconds
        while self._timers and self._timers[0].at <= self.now:
            timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                timer.callback()


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def queue(clock: _Clock) -> Queue[str]:
    return Queue(scheduler=clock, jitter=lambda _, most: most)


async def test_a_key_waits_once(queue: Queue[str]) -> None:
    for key in ("a", "b", "a", "a"):
        queue.add(key)
    assert len(queue) == 2
    assert [await queue.get(), await queue.get()] == ["a", "b"]


async def test_a_key_added_during_its_look_comes_again_after_it(queue: Queue[str]) -> None:
    queue.add("a")
    assert await queue.get() == "a"
    queue.add("a")
    assert len(queue) == 0
    queue.done("a")
    assert await queue.get() == "a"
    queue.done("a")
    assert len(queue) == 0


async def test_who_is_asked_for_alone_goes_before_one_of_many(queue: Queue[str], clock: _Clock) -> None:
    for key in ("a", "b", "c"):
        queue.add(key, one_of_many=True)
    queue.add_after("due", 5)
    clock.forward(5)
    queue.add("edited")
    queue.add("c")
    queue.add("edited", one_of_many=True)
    assert [await queue.get() for _ in range(len(queue))] == ["edited", "c", "a", "b", "due"]


async def test_whoever_has_to_wait_does_so_for_a_few_only(queue: Queue[str]) -> None:
    queue.add("patient", one_of_many=True)
    for number in range(100):
        queue.add(str(number))
    turns = [await queue.get() for _ in range(20)]
    assert turns.index("patient") == IN_A_ROW


async def test_an_edit_during_one_of_many_looks_goes_first_afterwards(queue: Queue[str]) -> None:
    queue.add("edited", one_of_many=True)
    await queue.get()
    queue.add("other", one_of_many=True)
    queue.add("edited")
    queue.add("edited", one_of_many=True)
    queue.done("edited")
    assert await queue.get() == "edited"


async def test_get_waits_for_a_key(queue: Queue[str]) -> None:
    waiting = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.add("a")
    assert await asyncio.wait_for(waiting, 1) == "a"


async def test_the_earlier_of_two_times_counts(queue: Queue[str], clock: _Clock) -> None:
    queue.add_after("a", 10)
    queue.add_after("a", 5)
    queue.add_after("a", 20)
    clock.forward(5)
    assert len(queue) == 1
    await queue.get()
    queue.done("a")
    clock.forward(100)
    assert len(queue) == 0


async def test_a_look_calls_off_the_time_that_was_set(queue: Queue[str], clock: _Clock) -> None:
    queue.add_after("a", 10)
    queue.add("a")
    await queue.get()
    queue.done("a")
    clock.forward(100)
    assert len(queue) == 0


def test_back_off_grows_to_its_bound_and_starts_anew(queue: Queue[str]) -> None:
    waits = [queue.retry("a") for _ in range(12)]
    assert waits[:4] == [0.5, 1, 2, 4]
    assert waits[-1] == BACK_OFF_MOST
    queue.succeeded("a")
    assert queue.retry("a") == 0.5
    assert queue.retry("b", at_least=30) == 30


def test_the_age_of_the_first(queue: Queue[str], clock: _Clock) -> None:
    assert queue.oldest() == 0
    queue.add("a")
    clock.forward(3)
    queue.add("b")
    assert queue.oldest() == 3


@settings(deadline=None)
@given(st.lists(st.tuples(STEPS, st.sampled_from("abc"))))
async def test_no_key_is_looked_at_twice_at_once_and_none_is_lost(steps: list[tuple[str, str]]) -> None:
    clock = _Clock()
    queue: Queue[str] = Queue(scheduler=clock, jitter=lambda _, most: most)
    owed: set[str] = set()  # added and not looked at since
    busy: list[str] = []
    for step, key in steps:
        match step:
            case "add" | "one of many":
                queue.add(key, one_of_many=step != "add")
                owed.add(key)
            case "later":
                queue.add_after(key, 5)
            case "forward":
                clock.forward(5)
            case "get" if len(queue):
                got = await queue.get()
                assert got not in busy
                busy.append(got)
                owed.discard(got)
            case "done" if busy:
                queue.done(busy.pop(0))
    for key in busy:
        queue.done(key)
    left = {await queue.get() for _ in range(len(queue))}
    assert owed <= left


async def test_who_asked_to_be_spared_is_spared_whatever_happens_meanwhile(clock: _Clock) -> None:
    queue: Queue[str] = Queue(scheduler=clock)
    queue.add("bot")
    key = await queue.get()
    queue.add(key)  # it was edited while it was looked at
    queue.retry(key, at_least=30.0)
    queue.done(key)
    queue.add(key)
    clock.forward(29.0)
    queue.add(key)
    assert len(queue) == 0
    clock.forward(1.0)
    assert await queue.get() == "bot"
    queue.done(key)
    queue.add(key)
    assert len(queue) == 1
