"""All limits together, in virtual time, before a Discord that counts."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from discord_rest import Noted
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import run

from botpod.errors import Transient
from botpod.gateway.limits import pace
from botpod.gateway.limits.answers import Reading, Refusal, Scope
from botpod.gateway.limits.limiter import Limiter
from botpod.gateway.limits.targets import target
from botpod.state.localrest import LocalRestWindows
from botpod_local.discord.limits import Windows

if TYPE_CHECKING:
    from botpod.gateway.limits.targets import Target

BUCKET = {"messages": ("send", 3, 5.0), "typing": ("typing", 2, 1.0), "crosspost": ("send", 3, 5.0)}
"""Two routes that count together, and one by itself."""


@dataclass(frozen=True)
class Ask:
    pause: float
    kind: str
    channel: int
    there: float
    back: float
    gives_up: float | None


def asks(slowest: float) -> st.SearchStrategy[list[Ask]]:
    one = st.builds(
        Ask,
        pause=st.floats(0, 1),
        kind=st.sampled_from(list(BUCKET)),
        channel=st.integers(1, 3),
        there=st.floats(0, slowest),
        back=st.floats(0, slowest),
        gives_up=st.none() | st.floats(0, 10),
    )
    return st.lists(one, min_size=1, max_size=50)


@dataclass
class Discord:
    """Counts as Discord does."""

    global_limit: int
    windows: Windows = field(default_factory=Windows)
    refused: int = 0
    sent: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    done: set[int] = field(default_factory=set)

    def take(self, ask: Ask, now: float) -> Reading | None:
        name, limit, period = BUCKET[ask.kind]
        if not self.windows.take(("global",), self.global_limit, 1.0, now).allowed:
            self.refused += 1
            return None
        verdict = self.windows.take((name, ask.channel), limit, period, now)
        self.refused += not verdict.allowed
        return Reading(
            bucket=name,
            limit=verdict.limit,
            remaining=verdict.remaining,
            resets=verdict.reset_at,
            reset_after=verdict.reset_after,
        )


def of(ask: Ask) -> Target:
    path = f"/channels/{ask.channel}/messages"
    if ask.kind != "messages":
        path = f"/channels/{ask.channel}/{ask.kind}"
    return target("POST", path, authorised=True)


async def play(wanted: list[Ask], discord: Discord) -> None:
    """Ask all of it, and let whoever gives up do so."""
    loop = asyncio.get_running_loop()
    limiter = Limiter(LocalRestWindows(loop.time), observer=Noted(), clock=loop.time)

    async def one(number: int, ask: Ask) -> None:
        deadline = loop.time() + 10_000
        async with limiter.turn(of(ask), deadline=deadline, first=False) as turn:
            discord.sent[ask.kind, ask.channel].append(number)
            await asyncio.sleep(ask.there)
            read = discord.take(ask, loop.time())
            await asyncio.sleep(ask.back)
            await turn.answered(read, well=read is not None)
            discord.done.add(number)

    # Which bucket a route belongs to its first answer tells.
    for kind in BUCKET:
        await one(-1, Ask(0, kind, 99, 0, 0, None))
    await asyncio.sleep(10)
    discord.sent.clear()
    tasks: list[asyncio.Task[None]] = []
    for number, ask in enumerate(wanted):
        await asyncio.sleep(ask.pause)
        tasks.append(asyncio.create_task(one(number, ask)))
        if ask.gives_up is not None:
            loop.call_later(ask.gives_up, tasks[-1].cancel)
    await asyncio.gather(*tasks, return_exceptions=True)
    stayed = {number for number, ask in enumerate(wanted) if ask.gives_up is None}
    limiter.close()
    assert stayed <= discord.done, "somebody was never let go"


@settings(max_examples=60)
@given(asks(slowest=3.0))
def test_no_bucket_is_ever_exceeded_and_each_keeps_its_order(wanted: list[Ask]) -> None:
    discord = Discord(global_limit=10_000)
    with patch.object(pace, "GLOBAL_LIMIT", 10_000):
        run(play(wanted, discord))

    assert discord.refused == 0
    for numbers in discord.sent.values():
        assert numbers == sorted(numbers)


@settings(max_examples=25)
@given(asks(slowest=0.009), st.integers(1, 5))
def test_the_global_limit_is_never_exceeded_either(wanted: list[Ask], limit: int) -> None:
    discord = Discord(global_limit=limit)
    with patch.object(pace, "GLOBAL_LIMIT", limit):
        run(play(wanted, discord))

    assert discord.refused == 0


def test_who_would_wait_too_long_is_told_before_he_waits() -> None:
    async def story() -> tuple[int, float]:
        loop = asyncio.get_running_loop()
        limiter = Limiter(LocalRestWindows(loop.time), observer=Noted(), clock=loop.time)
        discord = Discord(global_limit=10_000)
        ask = Ask(0, "messages", 1, 0.01, 0.01, None)
        late: list[float] = []

        async def one() -> None:
            asked = loop.time()
            try:
                async with limiter.turn(of(ask), deadline=asked + 12, first=False) as turn:
                    await turn.answered(discord.take(ask, loop.time()), well=True)
            except Transient:
                late.append(loop.time() - asked)

        await one()
        await asyncio.gather(*(one() for _ in range(30)))
        limiter.close()
        return len(late), max(late)

    # Three windows of three begin within twelve seconds, of which one was begun before.
    assert run(story()) == (30 - 8, 0.0)


def test_a_queue_has_an_end() -> None:
    async def story() -> int:
        loop = asyncio.get_running_loop()
        limiter = Limiter(LocalRestWindows(loop.time), observer=Noted(), clock=loop.time)
        first = target("GET", "/users/@me", authorised=True)
        refused = 0

        async def hang() -> None:
            nonlocal refused
            try:
                async with limiter.turn(first, deadline=loop.time() + 30, first=False):
                    await asyncio.sleep(10)
            except Transient:
                refused += 1

        tasks = [asyncio.create_task(hang()) for _ in range(1100)]
        await asyncio.sleep(1)
        found = refused
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        limiter.close()
        return found

    assert run(story()) == 99


def test_whoever_waits_when_a_429_comes_is_told_at_once() -> None:
    async def story() -> list[float]:
        loop = asyncio.get_running_loop()
        limiter = Limiter(LocalRestWindows(loop.time), observer=Noted(), clock=loop.time)
        where = target("POST", "/channels/1/messages", authorised=True)
        told: list[float] = []

        async def waiting() -> None:
            try:
                async with limiter.turn(where, deadline=loop.time() + 30, first=False):
                    pytest.fail("it went")
            except Transient:
                told.append(loop.time())

        async with limiter.turn(where, deadline=30, first=False) as turn:
            tasks = [asyncio.create_task(waiting()) for _ in range(3)]
            await asyncio.sleep(2.0)
            await turn.answered(None, well=False, refused=Refusal(scope=Scope.USER, retry_after=60))
        await asyncio.gather(*tasks)
        limiter.close()
        return told

    assert run(story()) == [2.0] * 3


def test_nobody_waits_longer_than_he_may() -> None:
    async def story() -> float:
        loop = asyncio.get_running_loop()
        limiter = Limiter(LocalRestWindows(loop.time), observer=Noted(), clock=loop.time)
        where = target("GET", "/users/@me", authorised=True)
        async with limiter.turn(where, deadline=30, first=False):
            with pytest.raises(Transient, match="Other requests came before GET /users/@me for too long"):
                async with limiter.turn(where, deadline=5, first=False):
                    pytest.fail("it went")
            told = loop.time()
        async with limiter.turn(where, deadline=loop.time(), first=False):
            limiter.close()
            return told

    assert run(story()) == 5
