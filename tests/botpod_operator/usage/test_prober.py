"""Each bot's pods are asked about once a minute, in a bounded number at once, and only changes are told.

What is counted is what costs others: lists that the API server answers, questions to pods, looks at the bot.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from botpod_operator.identity import BotKey
from botpod_operator.usage.debounce import EVERY_SECONDS, SURE_SECONDS, TROUBLED_SECONDS
from botpod_operator.usage.health import WELL, PodHealth
from botpod_operator.usage.pods import Pod
from botpod_operator.usage.prober import LIST_EVERY, OF_ONE, SOON_SECONDS, Prober
from botpod_operator.usage.report import Report
from botpod_operator.watch.queue import Queue
from botpod_operator.watch.rollout import Rollout

BOT = BotKey("team", "hello")
FINE = PodHealth(redis=True)
CUT_OFF = PodHealth(redis=False)


def _rollout(pods: int, *, ready: int | None = None) -> Rollout:
    return Rollout(
        wanted=pods,
        replicas=pods,
        updated=pods,
        ready=pods if ready is None else ready,
        available=pods,
        current=True,
        stalled=None,
        blocked=None,
    )


class _Scheduler:
    """Notes when something is to be done, and does nothing."""

    def __init__(self) -> None:
        self.due: list[float] = []

    def time(self) -> float:
        return 0.0

    def call_at(self, when: float, *_: object) -> asyncio.TimerHandle:
        self.due.append(when)
        return asyncio.get_running_loop().call_later(3600, lambda: None)


class _Bench:
    """A prober, and pods that say what the test wants."""

    def __init__(self, **pods: PodHealth | None) -> None:
        self.said, self.lists, self.asked = pods, 0, Counter[str]()
        self.busy, self.busiest, self.told = 0, 0, 0
        self.scheduler = _Scheduler()
        self.prober = Prober(
            pods=self,
            queue=Queue(scheduler=self.scheduler),
            notify=self._notify,
            now=lambda: 1_800_000_000.0,
            jitter=lambda _, high: high,
        )

    def _notify(self, bot: BotKey) -> None:
        assert bot == BOT
        self.told += 1

    async def running(self, bot: BotKey) -> tuple[Pod, ...]:
        assert bot == BOT
        self.lists += 1
        return tuple(Pod(name=name, address=name, mark=None) for name in self.said)

    async def ask(self, pod: Pod) -> Report | None:
        self.asked[pod.name] += 1
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(0)
        self.busy -= 1
        said = self.said[pod.name]
        return None if said is None else Report(delivery=None, revision=None, health=said)


async def test_pods_that_are_well_are_asked_every_minute_listed_seldom_and_told_of_never() -> None:
    bench = _Bench(a=FINE, b=FINE)
    assert bench.prober.follow(BOT, _rollout(2)) is None
    assert bench.scheduler.due == [EVERY_SECONDS]
    pauses = {await bench.prober.look(BOT) for _ in range(LIST_EVERY)}
    assert pauses == {EVERY_SECONDS * 1.2}
    assert bench.prober.follow(BOT, _rollout(2)) == WELL
    assert bench.asked == {"a": LIST_EVERY, "b": LIST_EVERY}
    assert bench.lists == 1
    await bench.prober.look(BOT)
    assert bench.lists == 2
    # The first answer is news; what follows isn't, and what is looked at again writes nothing then.
    assert bench.told == 1
    assert bench.scheduler.due == [EVERY_SECONDS]


async def test_a_trouble_is_looked_at_twice_told_once_and_its_end_is_too() -> None:
    bench = _Bench(a=FINE, b=FINE)
    bench.prober.follow(BOT, _rollout(2))
    await bench.prober.look(BOT)
    bench.said["b"] = CUT_OFF
    assert await bench.prober.look(BOT) == SURE_SECONDS * 1.2
    assert bench.told == 1
    assert await bench.prober.look(BOT) == TROUBLED_SECONDS * 1.2
    found = bench.prober.follow(BOT, _rollout(2))
    assert found is not None
    assert (found.trouble, found.cut_off, found.pods) == ("RedisUnreachable", 1, 2)
    await bench.prober.look(BOT)
    assert bench.told == 2
    bench.said["b"] = FINE
    for _ in range(3):
        await bench.prober.look(BOT)
    assert bench.prober.follow(BOT, _rollout(2)) == WELL
    assert bench.told == 3


async def test_without_pods_nobody_is_asked_and_nothing_is_left_of_what_they_said() -> None:
    bench = _Bench(a=CUT_OFF)
    assert bench.prober.follow(BOT, None) == WELL
    assert bench.prober.follow(BOT, _rollout(0)) == WELL
    assert await bench.prober.look(BOT) is None
    assert bench.scheduler.due == []
    bench.prober.follow(BOT, _rollout(1))
    # Somebody waits for these.
    assert bench.scheduler.due == [SOON_SECONDS * 2]
    await bench.prober.look(BOT)
    await bench.prober.look(BOT)
    found = bench.prober.follow(BOT, _rollout(1))
    assert found is not None
    assert found.trouble == "RedisUnreachable"
    assert bench.prober.follow(BOT, _rollout(0)) == WELL
    assert await bench.prober.look(BOT) is None
    assert bench.lists == 1
    assert bench.prober.follow(BOT, _rollout(1)) is None


async def test_pods_that_never_get_ready_are_asked_too() -> None:
    bench = _Bench(a=CUT_OFF)
    bench.prober.follow(BOT, _rollout(1, ready=0))
    await bench.prober.look(BOT)
    await bench.prober.look(BOT)
    found = bench.prober.follow(BOT, _rollout(1, ready=0))
    assert found is not None
    assert found.trouble == "RedisUnreachable"


async def test_who_doesnt_answer_says_nothing_and_is_looked_for_again() -> None:
    bench = _Bench(a=FINE)
    bench.prober.follow(BOT, _rollout(1))
    await bench.prober.look(BOT)
    bench.said["a"] = None
    await bench.prober.look(BOT)
    assert bench.prober.follow(BOT, _rollout(1)) == WELL
    assert bench.lists == 1
    bench.said = {"b": FINE}  # its address may be another's by now
    await bench.prober.look(BOT)
    assert (bench.lists, bench.asked["b"]) == (2, 1)


async def test_other_pods_are_listed_anew() -> None:
    bench = _Bench(a=FINE)
    bench.prober.follow(BOT, _rollout(1))
    await bench.prober.look(BOT)
    bench.said = {"b": FINE}
    bench.prober.follow(BOT, _rollout(1, ready=0))
    await bench.prober.look(BOT)
    assert bench.asked == {"a": 1, "b": 1}


@pytest.mark.parametrize("gone", [True, False])
async def test_what_comes_too_late_is_dropped(gone: bool) -> None:  # noqa: FBT001
    bench = _Bench(a=CUT_OFF)
    bench.prober.follow(BOT, _rollout(1))
    await bench.prober.look(BOT)
    look = asyncio.create_task(bench.prober.look(BOT))
    await asyncio.sleep(0)
    if gone:
        bench.prober.forget(BOT)
    else:
        bench.prober.follow(BOT, _rollout(0))
    assert await look is None
    assert bench.told == 0


async def test_many_pods_are_asked_a_bounded_number_at_once() -> None:
    bench = _Bench(**{f"p{number}": FINE for number in range(3 * OF_ONE)})
    bench.prober.follow(BOT, _rollout(3 * OF_ONE))
    await bench.prober.look(BOT)
    assert len(bench.asked) == 3 * OF_ONE
    assert bench.busiest == OF_ONE
