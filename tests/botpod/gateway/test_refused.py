"""Discord's definite no is no fault of ours: nothing is said about it, and no model is paid for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from eventually import eventually

from botpod.gateway.silence import OPEN_SECONDS, SILENT_SECONDS, Silence
from botpod.replies.clock import MonotonicClock
from botpod.replies.stream import StreamedReply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot_on_discord import Handle, StartBot

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer

POST = "requests POST /channels/{channel_id}/messages"


class Model:
    """Answers word by word, each when the test says so; ``begun`` and ``ended`` as it is asked and left."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = asyncio.Event()
        self.on = asyncio.Event()

    async def answer(self) -> AsyncGenerator[str]:
        self.begun += 1
        try:
            yield "first words"
            while True:
                await self.on.wait()
                await asyncio.sleep(0.01)
                yield " and more"
        finally:
            self.ended.set()

    def handle(self) -> Handle:
        async def handle(_: Request, port: ReplyPort) -> None:
            await StreamedReply(port, clock=MonotonicClock()).stream(self.answer())

        return handle


@pytest.mark.parametrize("code", [160002, 50013])
async def test_where_nothing_can_be_replied_to_it_is_said_all_the_same(
    code: int, discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    discord.faults.fail(403, method="POST", path="/channels/*/messages", code=code)

    for word in ("one", "two"):
        discord.people.post("general", "ada", f"{bot.mention} {word}")
        await eventually(lambda word=word: f"You said: {word}" in bot.said())

    assert [one.get("message_reference") for one in bot.replies()] == [None, None]
    # The second wasn't tried as a reply.
    assert discord.record.counters[POST] == 3


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (400, 50083), (404, 10003)])
async def test_an_answer_that_is_taken_away_while_it_is_written_ends_quietly(
    status: int, code: int, discord: DiscordServer, start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    model = Model()
    bot = await start_bot(handle=model.handle())
    discord.people.post("general", "ada", f"{bot.mention} go")
    await bot.says("first words")

    discord.faults.fail(status, count=99, method="PATCH", path="/channels/*/messages/*", code=code)
    model.on.set()

    await asyncio.wait_for(model.ended.wait(), 10)
    await eventually(lambda: not bot.dispatcher.unfinished)
    assert bot.said() == ["first words"]
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_where_the_bot_may_not_speak_no_model_is_asked(
    discord: DiscordServer, start_bot: StartBot, caplog: pytest.LogCaptureFixture
) -> None:
    model = Model()
    bot = await start_bot(handle=model.handle())
    discord.faults.fail(403, count=99, path="/channels/*", code=50013)
    discord.people.post("general", "ada", f"{bot.mention} one")
    await eventually(lambda: discord.record.counters["injected"])
    await eventually(lambda: not bot.dispatcher.unfinished)
    discord.people.post("general", "ada", f"{bot.mention} two")
    # In another channel it may: what was said before that has been read.
    discord.faults.heal()
    discord.people.post("random", "ada", f"{bot.mention} three")
    await eventually(lambda: bot.said("random") == ["first words"])

    assert model.begun == 1
    assert discord.record.counters["injected"] == 1
    assert bot.said() == []
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


def test_a_silence_is_over_after_a_while_and_bounded() -> None:
    now = 0.0
    silence = Silence(lambda: now)
    silence.refused(1)
    silence.hides_history(1)
    silence.spoke(2)
    assert (silence.is_silent(1), silence.takes_references(1), silence.is_known(2)) == (True, False, True)
    now = SILENT_SECONDS + 1
    assert (silence.is_silent(1), silence.takes_references(1), silence.is_known(2)) == (False, True, True)
    now = OPEN_SECONDS + 1
    assert not silence.is_known(2)
    for channel in range(10_000):
        silence.refused(channel)
    assert not silence.is_silent(0)
    assert silence.is_silent(9_999)
