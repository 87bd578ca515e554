"""A question to Vault outlasts the look that asked it; another question, or the bot's end, ends it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import pytest
from eventually import eventually

from botpod_operator.credentials import errands as module
from botpod_operator.credentials.errands import Errands, Slow
from botpod_operator.errors import NotYet
from botpod_operator.identity import BotKey

BOT = BotKey("team", "hello")


class Bench:
    """Errands to one Vault that answers when it is told to."""

    def __init__(self, *, patience: float) -> None:
        self.notified: list[BotKey] = []
        self.asked: Counter[str] = Counter()
        self.ended: list[str] = []
        self.answer = asyncio.Event()
        self.errands = Errands(slow=Slow(patience=patience), notify=self.notified.append)

    async def run(self, what: str) -> str:
        async def call() -> str:
            self.asked[what] += 1
            try:
                await self.answer.wait()
            except asyncio.CancelledError:
                self.ended.append(what)
                raise
            return f"answer to {what}"

        return await self.errands.run(BOT, what, call, vault="v", address="https://v")


async def test_another_question_ends_the_one_before() -> None:
    bench = Bench(patience=0.01)
    with pytest.raises(NotYet):
        await bench.run("old")
    with pytest.raises(NotYet):
        await bench.run("new")
    await eventually(lambda: bench.ended == ["old"])
    bench.answer.set()
    await eventually(lambda: bench.notified == [BOT])
    assert await bench.run("new") == "answer to new"
    assert bench.asked == {"old": 1, "new": 1}


async def test_a_look_at_a_bot_that_goes_meanwhile_ends() -> None:
    bench = Bench(patience=30)
    look = asyncio.create_task(bench.run("it"))
    await eventually(lambda: bench.asked)
    bench.errands.forget(BOT)
    with pytest.raises(NotYet):
        await look
    assert bench.ended == ["it"]


async def test_an_answer_that_no_look_takes_is_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_SECONDS", 0.01)
    bench = Bench(patience=0.01)
    with pytest.raises(NotYet):
        await bench.run("it")
    bench.answer.set()
    await eventually(lambda: bench.notified == [BOT])

    async def asked_anew() -> bool:
        with suppress(NotYet):
            assert await bench.run("it") == "answer to it"
        return bench.asked["it"] > 1

    await eventually(asked_anew, every=0.05)
