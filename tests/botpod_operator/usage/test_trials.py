"""One pod is asked to try credentials: the first that knows of them, hurried until it does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from botpod_credentials.judgement import Verdict
from botpod_operator.identity import BotKey
from botpod_operator.usage.pods import Pod
from botpod_operator.usage.trials import AFTER_TRIES, LONG_SECONDS, SLOW_TRIES, Trials
from botpod_operator.watch.queue import Queue

if TYPE_CHECKING:
    from botpod_operator.usage.trials import Told

BOT = BotKey("team", "hello")
GOOD = Verdict(deliver=True, verified=True, settled=True, reason="Verified", message="known")


class _Pods:
    """Pods that answer once their kubelet has brought the order, after so many touches."""

    def __init__(self, *names: str, touches: int = 0) -> None:
        self.names, self.touches = list(names), touches
        self.asked: list[str] = []
        self.marks: list[str] = []
        self.busy: asyncio.Event | None = None
        self.now, self.hanging = 0.0, set[str]()

    async def triers(self, bot: BotKey) -> tuple[Pod, ...]:
        assert bot == BOT
        return tuple(Pod(name=name, address=name, mark=None) for name in self.names)

    async def mark(self, bot: BotKey, pod: Pod, mark: str) -> None:
        assert bot == BOT
        self.marks.append(mark)
        if pod.name == self.names[0]:
            self.touches -= 1

    async def try_out(self, pod: Pod, digest: str) -> Told | None:
        assert digest.startswith("d")
        self.asked.append(pod.name)
        if self.busy is not None:
            await self.busy.wait()
        if pod.name in self.hanging:
            self.now += 30.0
            return None
        return GOOD if self.touches <= 0 else None


class _Bench:
    def __init__(self, *pods: str, touches: int = 0) -> None:
        self.pods, self.notified = _Pods(*pods, touches=touches), 0
        self.queue: Queue[BotKey] = Queue(scheduler=asyncio.get_running_loop())
        self.trials = Trials(
            pods=self.pods,
            queue=self.queue,
            notify=self._notify,
            clock=lambda: self.pods.now,
            jitter=lambda low, _: low,
        )

    def _notify(self, _: BotKey) -> None:
        self.notified += 1


async def test_only_the_first_pod_that_answers_is_asked() -> None:
    bench = _Bench("a", "b", "c")
    assert bench.trials.told(BOT, "d1") is None
    assert len(bench.queue) == 1
    assert await bench.trials.ask(BOT) is None
    assert (bench.pods.asked, bench.notified) == (["a"], 1)
    assert bench.trials.told(BOT, "d1") == GOOD
    # Told once: who wants to know again has it tried again.
    assert bench.trials.told(BOT, "d1") is None


@pytest.mark.parametrize("touches", [1, 2])
async def test_pods_whose_order_is_old_are_touched_until_one_knows(touches: int) -> None:
    bench = _Bench("a", "b", touches=touches)
    bench.trials.told(BOT, "d1")
    pauses = []
    while (again := await bench.trials.ask(BOT)) is not None:
        pauses.append(again)
    assert bench.trials.told(BOT, "d1") == GOOD
    assert pauses == sorted(pauses)
    # Each touch is another one, or the kubelet would see no change.
    assert len(set(bench.pods.marks)) == touches


async def test_while_there_is_no_pod_it_waits_ever_less_often_and_tells_once_that_it_is_slow() -> None:
    bench = _Bench()
    bench.trials.told(BOT, "d1")
    pauses = [await bench.trials.ask(BOT) for _ in range(AFTER_TRIES + 2)]
    assert pauses[-1] == LONG_SECONDS
    assert bench.trials.slow(BOT)
    assert bench.notified == 1
    bench.pods.names = ["a"]
    assert await bench.trials.ask(BOT) is None
    assert bench.trials.told(BOT, "d1") == GOOD


async def test_a_trial_that_is_young_is_not_called_slow() -> None:
    bench = _Bench()
    bench.trials.told(BOT, "d1")
    for _ in range(SLOW_TRIES - 1):
        await bench.trials.ask(BOT)
    assert not bench.trials.slow(BOT)


async def test_an_answer_about_what_is_not_wanted_any_more_is_not_told() -> None:
    bench = _Bench("a")
    bench.pods.busy = asyncio.Event()
    bench.trials.told(BOT, "d1")
    asking = asyncio.create_task(bench.trials.ask(BOT))
    await asyncio.sleep(0)
    assert bench.trials.told(BOT, "d2") is None
    bench.pods.busy.set()
    assert await asking == 0.0
    assert bench.trials.told(BOT, "d2") is None
    assert await bench.trials.ask(BOT) is None
    assert bench.trials.told(BOT, "d2") == GOOD


async def test_a_bot_that_is_gone_is_not_asked_about() -> None:
    bench = _Bench("a")
    bench.trials.told(BOT, "d1")
    bench.trials.forget(BOT)
    assert await bench.trials.ask(BOT) is None
    assert bench.pods.asked == []


async def test_a_pod_that_hangs_costs_one_look_and_then_the_others_go_before_it() -> None:
    bench = _Bench("a", "b", "c")
    bench.pods.hanging = {"a"}
    bench.trials.told(BOT, "d1")
    assert await bench.trials.ask(BOT) is not None
    assert bench.pods.asked == ["a"]
    assert bench.trials.hangs(BOT)
    assert await bench.trials.ask(BOT) is None
    assert bench.pods.asked == ["a", "b"]
    assert bench.trials.told(BOT, "d1") == GOOD
    assert not bench.trials.hangs(BOT)
