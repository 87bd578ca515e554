"""Which names other people's objects have: one list for all that ask, and none that is old."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from botpod_operator.errors import Transient
from botpod_operator.kube.names import SHARED_SECONDS, Names
from botpod_operator.kube.resources import CONFIG_MAP, DEPLOYMENT

if TYPE_CHECKING:
    from botpod_operator.kube.resources import Resource


class _Lists:
    """An API server that answers when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[tuple[str, str]] = []
        self.answers: list[asyncio.Future[frozenset[str]]] = []
        self.names = Names(kube=self, clock=lambda: self.now)  # type: ignore[arg-type]

    async def others(self, resource: Resource, *, namespace: str) -> frozenset[str]:
        self.asked.append((resource.kind, namespace))
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]

    async def asking(self, resource: Resource = CONFIG_MAP) -> asyncio.Task[frozenset[str]]:
        task = asyncio.create_task(self.names.taken(resource, "team"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return task


async def test_all_that_ask_at_about_the_same_time_share_one_list() -> None:
    lists = _Lists()
    first, second = await lists.asking(), await lists.asking()
    other = await lists.asking(DEPLOYMENT)
    lists.answers[0].set_result(frozenset({"bot-a"}))
    lists.answers[1].set_result(frozenset())
    assert await first == await second == {"bot-a"}
    assert await other == frozenset()
    lists.now = SHARED_SECONDS
    assert await lists.names.taken(CONFIG_MAP, "team") == {"bot-a"}
    assert lists.asked == [("ConfigMap", "team"), ("Deployment", "team")]


async def test_a_list_is_not_used_for_long() -> None:
    lists = _Lists()
    first = await lists.asking()
    lists.answers[0].set_result(frozenset())
    await first
    lists.now = SHARED_SECONDS + 0.01
    second = await lists.asking()
    lists.answers[1].set_result(frozenset({"bot-a"}))
    assert await second == {"bot-a"}


async def test_a_list_that_failed_is_asked_for_again() -> None:
    lists = _Lists()
    first = await lists.asking()
    lists.answers[0].set_exception(Transient("away"))
    with pytest.raises(Transient):
        await first
    second = await lists.asking()
    lists.answers[1].set_result(frozenset())
    assert await second == frozenset()


async def test_who_gives_up_does_not_take_it_from_the_others() -> None:
    lists = _Lists()
    first, second = await lists.asking(), await lists.asking()
    first.cancel()
    await asyncio.sleep(0)
    lists.answers[0].set_result(frozenset({"bot-a"}))
    assert await second == {"bot-a"}
    assert first.cancelled()
