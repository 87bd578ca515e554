"""Events: each is posted once, however often it is tried, and none is lost because of one bad answer."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from samples import identity

from botpod_operator.errors import Conflict, OperatorError, Rejected, Transient
from botpod_operator.kube.announce import TRIES, Announcer
from botpod_operator.reporting.notes import Note
from botpod_operator.watch.queue import Queue

if TYPE_CHECKING:
    from botpod_operator.kube.resources import Resource

NOTE = Note(kind="Normal", reason="PodsAvailable", action="Reconcile", message="1 of 1 pods available.")


class _Api:
    """Takes events, after it raised what it was told to."""

    def __init__(self, *errors: OperatorError) -> None:
        self.errors = list(errors)
        self.names: list[str] = []

    async def create(self, _: Resource, manifest: dict[str, Any]) -> dict[str, Any]:
        if self.errors:
            raise self.errors.pop(0)
        self.names.append(manifest["metadata"]["name"])
        return manifest


@pytest.fixture
async def queue() -> Queue[str]:
    return Queue(scheduler=asyncio.get_running_loop(), jitter=lambda *_: 0.0)


def _announcer(api: _Api, queue: Queue[str]) -> Announcer:
    return Announcer(kube=api, instance="a-pod", now=lambda: dt.datetime.now(dt.UTC), queue=queue)


async def test_the_same_step_has_the_same_name_and_another_one_has_not(queue: Queue[str]) -> None:
    api = _Api()
    for since in ("before", "before", "later"):
        await _announcer(api, queue).post(identity(), NOTE, since)
    first, again, later = api.names
    assert first == again != later


async def test_one_that_is_not_taken_now_waits_and_no_look_does(queue: Queue[str]) -> None:
    api = _Api(Transient("down"))
    announcer = _announcer(api, queue)
    await announcer.post(identity(), NOTE, "before")
    assert api.names == []
    async with asyncio.timeout(5):
        name = await queue.get()
    await announcer.send_waiting(name)
    assert api.names == [name]
    await announcer.send_waiting(name)
    assert api.names == [name]


async def test_one_whose_answer_was_lost_is_known_by_its_name(queue: Queue[str]) -> None:
    api = _Api(Transient("cut"), Conflict("it exists"))
    announcer = _announcer(api, queue)
    await announcer.post(identity(), NOTE, "before")
    async with asyncio.timeout(5):
        await announcer.send_waiting(await queue.get())
    assert (api.names, api.errors) == ([], [])


async def test_one_that_is_never_taken_is_let_go(queue: Queue[str]) -> None:
    announcer = _announcer(api := _Api(*[Transient("down")] * (TRIES + 1)), queue)
    await announcer.post(identity(), NOTE, "before")
    async with asyncio.timeout(5):
        name = await queue.get()
    for _ in range(TRIES - 1):
        with pytest.raises(Transient):
            await announcer.send_waiting(name)
    await announcer.send_waiting(name)
    await announcer.send_waiting(name)
    assert (api.names, api.errors) == ([], [])


async def test_one_that_is_refused_is_not_tried_again(queue: Queue[str]) -> None:
    announcer = _announcer(_Api(Rejected("no"), Transient("down")), queue)
    await announcer.post(identity(), NOTE, "before")
    assert await _waiting(queue) == 0
    # One that is to be tried again would be there by now.
    await announcer.post(identity(), NOTE, "later")
    assert await _waiting(queue) == 1


async def _waiting(queue: Queue[str]) -> int:
    """Return how many events wait once the loop has done what is due; without jitter that is at once."""
    for _ in range(3):
        await asyncio.sleep(0)
    return len(queue)
