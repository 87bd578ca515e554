"""Pods are hurried, asked and counted; what they say is not believed further than that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_operator.identity import BotKey
from botpod_operator.usage.confirmer import TRIES, Confirmer
from botpod_operator.usage.pods import Pod
from botpod_operator.usage.report import MOST_CHARACTERS, Report, Wanted, report_in, usage
from botpod_operator.watch.queue import Queue

if TYPE_CHECKING:
    from botpod_operator.usage.report import Usage

BOT = BotKey("team", "hello")
OLD, NEW = Wanted(delivery="d1", revision="r1"), Wanted(delivery="d2", revision="r2")


class _Pods:
    """Pods whose kubelet needs so many touches until it brings what is new."""

    def __init__(self, *names: str) -> None:
        self.reports: dict[str, Report | None] = dict.fromkeys(names)
        self.marks: dict[str, str] = {}
        self.touches: list[str] = []
        self.brings: dict[str, Report] = {}
        self.after = 1

    async def running(self, bot: BotKey) -> tuple[Pod, ...]:
        assert bot == BOT
        return tuple(Pod(name=name, address=name, mark=self.marks.get(name)) for name in self.reports)

    async def mark(self, bot: BotKey, pod: Pod, mark: str) -> None:
        assert bot == BOT
        self.marks[pod.name] = mark
        self.touches.append(pod.name)
        if self.touches.count(pod.name) >= self.after and pod.name in self.brings:
            self.reports[pod.name] = self.brings[pod.name]

    async def ask(self, pod: Pod) -> Report | None:
        return self.reports[pod.name]


def _says(wanted: Wanted, *problems: str) -> Report:
    return Report(delivery=wanted.delivery, revision=wanted.revision, problems=problems)


class _Bench:
    def __init__(self, *pods: str) -> None:
        self.pods = _Pods(*pods)
        self.notified = 0
        self.queue: Queue[BotKey] = Queue(scheduler=asyncio.get_running_loop())
        self.confirmer = Confirmer(
            pods=self.pods, queue=self.queue, notify=self._notify, jitter=lambda low, _: low
        )

    def _notify(self, bot: BotKey) -> None:
        assert bot == BOT
        self.notified += 1

    def want(
        self, wanted: Wanted, *, ready: int, starting: int = 0, unready: int = 0, confirmed: int = 0
    ) -> Usage | None:
        return self.confirmer.want(
            BOT,
            wanted,
            ready=ready,
            unready=max(starting, unready),
            direct=starting > 0,
            confirmed=confirmed,
        )

    async def settle(self) -> list[float]:
        """Ask until nothing more is to be asked; return the pauses."""
        pauses: list[float] = []
        while len(self.queue) or pauses:
            if len(self.queue):
                self.queue.done(await self.queue.get())
            again = await self.confirmer.confirm(BOT)
            if again is None:
                break
            pauses.append(again)
        return pauses


async def test_pods_that_have_it_are_counted_and_left_alone() -> None:
    bench = _Bench("a", "b")
    bench.pods.reports = {"a": _says(NEW), "b": _says(NEW)}
    assert bench.want(NEW, ready=2) is None
    assert await bench.settle() == []
    found = bench.want(NEW, ready=2)
    assert found is not None
    assert (found.pods, found.credentials, found.complete) == (2, 2, True)
    assert (bench.pods.touches, bench.notified) == ([], 1)


@pytest.mark.parametrize("touches", [1, 2])
async def test_a_pod_that_is_behind_is_touched_until_it_has_it(touches: int) -> None:
    bench = _Bench("a", "b")
    bench.pods.reports = {"a": _says(OLD), "b": _says(NEW)}
    bench.pods.brings = {"a": _says(NEW)}
    bench.pods.after = touches
    bench.want(NEW, ready=2)
    pauses = await bench.settle()
    assert bench.pods.touches == ["a"] * touches
    found = bench.want(NEW, ready=2)
    assert found is not None
    assert found.credentials == 2
    assert pauses == sorted(pauses)


async def test_pods_that_are_not_ready_for_want_of_it_are_touched_too() -> None:
    bench = _Bench("a", "b")
    bench.pods.reports = {"a": _says(OLD), "b": _says(OLD)}
    bench.pods.brings = {"a": _says(NEW), "b": _says(NEW)}
    bench.want(OLD, ready=2, confirmed=2)
    bench.want(OLD, ready=0, unready=2)
    await bench.settle()
    assert bench.pods.touches == []
    bench.want(NEW, ready=0, unready=2)
    await bench.settle()
    assert sorted(bench.pods.touches) == ["a", "b"]


async def test_pods_that_start_are_left_alone() -> None:
    bench = _Bench("a")
    assert bench.want(NEW, ready=0, unready=1) is None
    await bench.settle()
    assert bench.pods.touches == []


async def test_pods_that_never_answer_are_given_up_after_a_while_and_touched_seldom() -> None:
    bench = _Bench("a")
    bench.want(NEW, ready=1)
    assert len(await bench.settle()) == TRIES
    assert bench.pods.touches == ["a"]
    # Another pod is news: it begins anew.
    bench.pods.reports["b"] = _says(NEW)
    bench.want(NEW, ready=2)
    assert len(bench.queue) == 1


async def test_a_pod_that_starts_is_asked_once_it_has_an_address() -> None:
    bench = _Bench()
    assert bench.want(NEW, ready=0, starting=1) is None
    pause = await bench.confirmer.confirm(BOT)
    assert pause is not None  # there is no such pod yet
    bench.pods.reports = {"a": Report(delivery=None, revision=None, problems=("version 1 is deleted.",))}
    await bench.confirmer.confirm(BOT)
    found = bench.want(NEW, ready=0, starting=1)
    assert found is not None
    assert (found.complete, found.problems) == (False, ("version 1 is deleted.",))


async def test_what_was_confirmed_before_a_restart_is_not_asked_again() -> None:
    bench = _Bench("a")
    assert bench.want(NEW, ready=1, confirmed=1) is None
    assert len(bench.queue) == 0
    bench.want(OLD, ready=1, confirmed=1)
    assert len(bench.queue) == 1


async def test_a_configuration_that_is_refused_ends_the_waiting_and_is_told() -> None:
    bench = _Bench("a")
    bench.pods.reports = {
        "a": Report(delivery=NEW.delivery, revision=OLD.revision, problems=("skills[0]: no.",))
    }
    bench.want(NEW, ready=1)
    assert await bench.settle() == []
    found = bench.want(NEW, ready=1)
    assert found is not None
    assert (found.complete, found.problems) == (True, ("skills[0]: no.",))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = JSON | st.fixed_dictionaries(
    {}, optional={"credentials": JSON, "configuration": JSON | st.fixed_dictionaries({"problems": JSON})}
)


@given(ANSWERS)
def test_any_answer_of_a_pod_is_read(content: Any) -> None:
    report = report_in(content)
    for problem in report.problems:
        assert problem.isprintable()
        assert len(problem) <= MOST_CHARACTERS
    usage(NEW, {"a": report, "b": None})


REPORTS = st.lists(
    st.none()
    | st.builds(
        Report,
        delivery=st.sampled_from(["d1", "d2", None]),
        revision=st.sampled_from(["r1", "r2", None]),
        problems=st.lists(st.just("no."), max_size=1).map(tuple),
    ),
    max_size=5,
)


@given(REPORTS)
def test_complete_means_that_every_pod_answered_and_uses_the_credentials(
    reports: list[Report | None],
) -> None:
    found = usage(NEW, {str(number): one for number, one in enumerate(reports)})
    assert found.pods == len(reports)
    assert found.credentials == sum(one is not None and one.delivery == "d2" for one in reports)
    if found.complete:
        assert found.credentials == found.pods
