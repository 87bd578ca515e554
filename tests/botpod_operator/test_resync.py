"""Lists that come again, and what is known and no longer in them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from botpod_operator.errors import Transient
from botpod_operator.identity import BotKey
from botpod_operator.watch.intake import Intake
from botpod_operator.watch.relists import APART_SECONDS, FIRST_SECONDS, QUIET_SECONDS, Relists
from botpod_operator.watch.resync import Resync
from botpod_operator.watch.store import Store

if TYPE_CHECKING:
    from botpod_operator.kube.resources import Resource


class _Lists:
    def __init__(self) -> None:
        self.now, self.again = 0.0, 0
        self.relists = Relists(clock=lambda: self.now, again=self._come)

    def _come(self) -> None:
        self.again += 1


def test_a_first_list_is_no_second_one_however_long_it_is() -> None:
    lists = _Lists()
    for _ in range(5):
        lists.relists.shown("Service", listed=True)
        lists.now += APART_SECONDS / 2
    assert lists.again == 0


@pytest.mark.parametrize(("watched", "seconds"), [(True, 0.0), (False, APART_SECONDS + 1)])
def test_a_list_after_a_watch_or_after_a_while_is_another_one(watched: bool, seconds: float) -> None:  # noqa: FBT001 - a case
    lists = _Lists()
    lists.relists.shown("Service", listed=True)
    if watched:
        lists.relists.shown("Service", listed=False)
    lists.now += seconds
    lists.relists.shown("Deployment", listed=True)
    assert lists.again == 0
    lists.relists.shown("Service", listed=True)
    lists.relists.shown("Service", listed=True)
    assert lists.again == 1


def test_the_first_lists_are_complete_once_nothing_more_of_them_comes_for_a_while() -> None:
    lists = _Lists()
    lists.now = 100.0
    lists.relists.begin()
    assert lists.relists.complete_in() == QUIET_SECONDS
    lists.now += QUIET_SECONDS / 2
    lists.relists.shown("Service", listed=True)
    lists.relists.shown("Deployment", listed=False)
    assert lists.relists.complete_in() == QUIET_SECONDS
    lists.now += QUIET_SECONDS
    assert lists.relists.complete_in() == 0


def test_lists_without_an_end_are_not_waited_for() -> None:
    lists = _Lists()
    while lists.now < FIRST_SECONDS:
        lists.relists.shown("Service", listed=True)
        lists.now += QUIET_SECONDS / 2
    assert lists.relists.complete_in() == 0


class _Cluster:
    """Has some objects; fails first where it is told to."""

    def __init__(self) -> None:
        self.uids_there: dict[str, frozenset[str]] = {}
        self.errors: list[Exception] = []
        self.store = Store()
        self.looked_at: asyncio.Queue[BotKey] = asyncio.Queue()
        self.intake = Intake(
            store=self.store,
            enqueue=lambda key, **_: self.looked_at.put_nowait(key),
            enqueue_class=lambda _: None,
            shown=lambda *_, **__: None,
        )

    async def uids(self, resource: Resource, **_: Any) -> frozenset[str]:
        if self.errors:
            raise self.errors.pop()
        return self.uids_there.get(resource.kind, frozenset())

    def knows(self) -> None:
        for number, name in enumerate(("gone", "kept"), 1):
            metadata = {"namespace": "team", "name": name, "uid": name, "resourceVersion": str(number)}
            self.intake.bot({"metadata": metadata, "spec": {}}, deleted=False)
            child = {
                "metadata": {
                    **metadata,
                    "name": f"bot-{name}",
                    "uid": f"child-of-{name}",
                    "labels": {"botpod.dev/bot": name},
                }
            }
            self.intake.child("Service", child, deleted=False)
        while not self.looked_at.empty():
            self.looked_at.get_nowait()


@pytest.fixture
def cluster() -> _Cluster:
    made = _Cluster()
    made.knows()
    return made


async def _no_time(_: float) -> None:
    await asyncio.sleep(0)


async def test_what_is_in_no_list_is_gone_and_its_bot_is_looked_at(cluster: _Cluster) -> None:
    cluster.uids_there = {"BotInstance": frozenset({"kept"}), "Service": frozenset({"child-of-gone"})}
    await Resync(kube=cluster, store=cluster.store, namespaces=("team",)).compare(cluster.intake)
    gone, kept = BotKey("team", "gone"), BotKey("team", "kept")
    assert tuple(cluster.store.bots()) == (kept,)
    assert cluster.store.child(kept, "Service") is None
    assert cluster.store.child(gone, "Service") is not None
    assert [cluster.looked_at.get_nowait() for _ in range(cluster.looked_at.qsize())] == [gone, kept]


async def test_a_list_that_fails_leaves_what_is_known_and_is_asked_for_again(cluster: _Cluster) -> None:
    cluster.uids_there = {"BotInstance": frozenset({"gone", "kept"})}
    cluster.errors = [Transient("down")]
    resync = Resync(kube=cluster, store=cluster.store, namespaces=(), sleep=_no_time)
    resync.due()
    running = asyncio.create_task(resync.run(cluster.intake))
    async with asyncio.timeout(5):
        seen = {await cluster.looked_at.get(), await cluster.looked_at.get()}
    assert seen == {BotKey("team", "gone"), BotKey("team", "kept")}  # by their Services
    assert len(tuple(cluster.store.bots())) == 2
    running.cancel()
