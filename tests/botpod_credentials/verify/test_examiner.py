"""Asking once, a few at a time, and no longer than anybody can wait."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from examining import addresses, ask
from faulty_server import FaultyServer, http
from slow_vault import PlayedVault, healthy

from botpod_credentials.values import SecretValues
from botpod_credentials.verify.answers import Answer
from botpod_credentials.verify.memory import KEPT_SECONDS, Memory
from botpod_credentials.verify.service import Service
from botpod_operator.api.credentials import Key

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_credentials.verify.examiner import Examiner

GOOD = http(200, b'{"object": "list", "data": []}')
SERVICE = Service(name="S", address="http://s", field="f", noun="key", remedy="r")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def examiner(make_examiner: Callable[..., Examiner], clock: Clock) -> Examiner:
    return make_examiner(clock=clock)


async def test_two_hundred_at_once_ask_once(examiner: Examiner) -> None:
    async with FaultyServer(GOOD, hold=True) as server:
        asking = [asyncio.create_task(ask(examiner, "OpenAI", "v", openai=server.url)) for _ in range(200)]
        await server.asked.wait()
        server.let_go.set()
        found = await asyncio.gather(*asking)
    assert {one.answer for one in found} == {Answer.ACCEPTED}
    assert server.connections == 1


async def test_unclear_is_shared_by_those_who_wait_and_then_forgotten(examiner: Examiner) -> None:
    async with FaultyServer(http(503), GOOD) as server:
        found = await asyncio.gather(*(ask(examiner, "OpenAI", "v", openai=server.url) for _ in range(20)))
        assert {one.answer for one in found} == {Answer.UNCLEAR}
        assert server.connections == 1
        assert (await ask(examiner, "OpenAI", "v", openai=server.url)).answer is Answer.ACCEPTED
        assert server.connections == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [(GOOD, Answer.ACCEPTED), (http(401), Answer.REFUSED), (http(404), Answer.UNVERIFIABLE)],
)
async def test_an_answer_is_kept_a_while_or_until_a_fresh_one_is_wanted(
    examiner: Examiner, clock: Clock, answer: bytes, said: Answer
) -> None:
    async with FaultyServer(answer) as server:
        for _ in range(3):
            assert (await ask(examiner, "OpenAI", "v", openai=server.url)).answer is said
        assert server.connections == 1
        await ask(examiner, "OpenAI", "v", openai=server.url, fresh=True)
        assert server.connections == 2
        clock.now += KEPT_SECONDS
        await ask(examiner, "OpenAI", "v", openai=server.url)
        assert server.connections == 3


async def test_a_fresh_answer_replaces_the_kept_one_even_where_it_is_unclear(examiner: Examiner) -> None:
    async with FaultyServer(GOOD, http(503), http(401)) as server:
        assert (await ask(examiner, "OpenAI", "v", openai=server.url)).answer is Answer.ACCEPTED
        assert (await ask(examiner, "OpenAI", "v", openai=server.url, fresh=True)).answer is Answer.UNCLEAR
        assert (await ask(examiner, "OpenAI", "v", openai=server.url)).answer is Answer.REFUSED


async def test_another_value_address_or_kind_is_another_question(examiner: Examiner) -> None:
    async with FaultyServer(GOOD) as one, FaultyServer(GOOD) as two:
        await ask(examiner, "OpenAI", "v", openai=one.url)
        await ask(examiner, "OpenAI", "w", openai=one.url)
        await ask(examiner, "OpenAI", "v", openai=two.url)
        await ask(examiner, "Anthropic", "v", anthropic=one.url)
        for version in ("2024-10-21", "2025-01-01"):
            await ask(examiner, "AzureOpenAI", "v", azure_openai=two.url, azure_api_version=version)
        assert (one.connections, two.connections) == (3, 3)


async def test_each_key_gets_its_finding_in_order(examiner: Examiner) -> None:
    keys = (
        Key(name="own", kind="Opaque"),
        Key(name="second", kind="OpenAI"),
        Key(name="first", kind="OpenAI"),
        Key(name="missing", kind="OpenAI"),
    )
    async with FaultyServer(GOOD) as server:
        found = await examiner.examine(
            keys=keys,
            addresses=addresses(openai=server.url),
            values=SecretValues({"own": "o", "second": "v", "first": "v"}),
        )
    assert [one.key for one in found] == ["own", "second", "first", "missing"]
    assert [one.answer for one in found] == [
        Answer.UNVERIFIABLE,
        Answer.ACCEPTED,
        Answer.ACCEPTED,
        Answer.UNCLEAR,
    ]
    assert server.connections == 1


async def test_no_more_than_its_slots_are_asked_at_once(make_examiner: Callable[..., Examiner]) -> None:
    examiner, free = make_examiner(at_once=2), make_examiner()
    async with FaultyServer(GOOD, hold=True) as slow, FaultyServer(GOOD) as other:
        held = [asyncio.create_task(ask(examiner, "OpenAI", value, openai=slow.url)) for value in "ab"]
        await slow.asked.wait()
        third = asyncio.create_task(ask(examiner, "OpenAI", "c", openai=slow.url))
        # Who began later and asks elsewhere is through; the third hasn't reached its server.
        assert (await ask(free, "OpenAI", "d", openai=other.url)).answer is Answer.ACCEPTED
        assert (third.done(), slow.connections) == (False, 2)
        slow.let_go.set()
        assert (await third).answer is Answer.ACCEPTED
        assert slow.connections == 3
        await asyncio.gather(*held)


async def test_who_gets_no_turn_in_time_is_told_so(make_examiner: Callable[..., Examiner]) -> None:
    examiner = make_examiner(at_once=1, overall_seconds=0.5)
    async with FaultyServer(GOOD, hold=True) as slow:
        # Both begin at once, so the slot is given back when it is too late for the second as well.
        found = await asyncio.gather(
            ask(examiner, "OpenAI", "v", openai=slow.url), ask(examiner, "OpenAI", "w", openai=slow.url)
        )
        assert [(one.answer, "0.5 s" in one.message) for one in found] == [(Answer.UNCLEAR, True)] * 2
        assert slow.connections == 1


async def test_who_stops_waiting_ends_nothing_for_the_others(examiner: Examiner) -> None:
    async with FaultyServer(GOOD, hold=True) as server:
        one = asyncio.create_task(ask(examiner, "OpenAI", "v", openai=server.url))
        two = asyncio.create_task(ask(examiner, "OpenAI", "v", openai=server.url))
        await server.asked.wait()
        one.cancel()
        with pytest.raises(asyncio.CancelledError):
            await one
        server.let_go.set()
        assert (await two).answer is Answer.ACCEPTED
        assert server.connections == 1


async def test_closing_ends_what_is_being_asked(examiner: Examiner) -> None:
    async with FaultyServer(hold=True) as server:
        waiting = asyncio.create_task(ask(examiner, "OpenAI", "v", openai=server.url))
        await server.asked.wait()
        await examiner.close()
        assert (await waiting).answer is Answer.UNCLEAR
        assert (await ask(examiner, "OpenAI", "v", openai=server.url)).answer is Answer.UNCLEAR


def test_the_memory_is_bounded_and_forgets_what_nobody_asked_for_longest(clock: Clock) -> None:
    memory = Memory(clock=clock, most=3)
    marks = [memory.mark("kind", str(number)) for number in range(4)]
    for mark in marks[:3]:
        memory.put(mark, SERVICE.accepted())
    assert memory.get(marks[0]) is not None
    memory.put(marks[3], SERVICE.accepted())
    assert len(memory) == 3
    assert [memory.get(mark) is not None for mark in marks] == [True, False, True, True]


def test_marks_tell_everything_apart_and_nothing_of_it(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(clock=clock)
    assert memory.mark("ab", "c") != memory.mark("a", "bc")
    assert memory.mark("a", "b") == memory.mark("a", "b")
    assert Memory(clock=clock).mark("a") != memory.mark("a")
    monkeypatch.setattr(secrets, "token_bytes", lambda size: b"k" * size)
    assert Memory(clock=clock).mark("a") == Memory(clock=clock).mark("a")


async def test_an_address_that_drips_holds_up_nobody_who_asks_another(
    make_examiner: Callable[..., Examiner],
) -> None:
    impatient = make_examiner(question_seconds=1.0, overall_seconds=2.0, at_once=2)
    async with (
        PlayedVault(healthy, drips=lambda _: True) as dripping,
        FaultyServer(http(200, b'{"object": "list", "data": []}')) as well,
    ):
        stuck = [
            asyncio.create_task(ask(impatient, "OpenAI", f"key-{number}", openai=dripping.url))
            for number in range(20)
        ]
        await eventually(lambda: dripping.under_way == 2)
        begun = time.monotonic()
        found = await ask(impatient, "OpenAI", "key", openai=well.url)
        assert found.answer is Answer.ACCEPTED
        assert time.monotonic() - begun < 0.5
        ended = await asyncio.gather(*stuck)
        assert {one.answer for one in ended} == {Answer.UNCLEAR}
        assert time.monotonic() - begun < 3.0
        # Two at a time, until those who waited have waited long enough.
        assert len(dripping.asked) <= 6
