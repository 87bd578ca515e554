"""Answers as a reader sees them grow, at a clock that only the test moves."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count, pairwise
from typing import TYPE_CHECKING

import pytest

from botpod.errors import NoModelAnswers, Rejected, Transient
from botpod.replies.fences import balanced
from botpod.replies.stream import BROKEN_OFF, TOO_LONG, StreamedReply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator


class FakeClock:
    """Passes time once everybody waits for it."""

    def __init__(self) -> None:
        self.time = 100.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()
        self._passing: asyncio.Task[None] | None = None

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        until = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (self.time + seconds, next(self._order), until))
        if self._passing is None or self._passing.done():
            self._passing = asyncio.create_task(self._pass())
        await until

    async def stop(self) -> None:
        if self._passing is not None:
            self._passing.cancel()
            await asyncio.gather(self._passing, return_exceptions=True)

    async def _pass(self) -> None:
        while self._waiting:
            for _ in range(20):  # as many steps as anybody takes before waiting again
                await asyncio.sleep(0)
            time, _order, until = heappop(self._waiting)
            if not until.done():
                self.time = max(self.time, time)
                until.set_result(None)


class Channel:
    """What Discord would show, and when each message was written."""

    certain = True

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.messages: list[str] = []
        self.writes: list[list[float]] = []
        self.versions: list[list[str]] = []
        self.parts: list[int] = []
        self.trouble: list[Exception] = []
        self.sent = asyncio.Event()
        self.typed = 0
        self.typing_now = False

    async def send(self, content: str, *, part: int = 0) -> int:
        self.check(content)
        self.parts.append(part)
        self.messages.append(content)
        self.writes.append([self.clock.now()])
        self.versions.append([content])
        self.sent.set()
        return len(self.messages) - 1

    async def edit(self, message_id: int, content: str) -> None:
        self.check(content)
        self.messages[message_id] = content
        self.writes[message_id].append(self.clock.now())
        self.versions[message_id].append(content)

    def check(self, content: str) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        assert content.strip(), "Discord refuses an empty message"
        assert len(content) <= 2000

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        self.typed += 1
        self.typing_now = True
        yield
        self.typing_now = False


@pytest.fixture
async def clock() -> AsyncIterator[FakeClock]:
    clock = FakeClock()
    yield clock
    await clock.stop()


@pytest.fixture
def channel(clock: FakeClock) -> Channel:
    return Channel(clock)


@pytest.fixture
def reply(channel: Channel, clock: FakeClock) -> StreamedReply:
    return StreamedReply(channel, clock=clock)


async def chunks(
    clock: FakeClock, *texts: str, every: float = 0.1, error: Exception | None = None
) -> AsyncGenerator[str]:
    for text in texts:
        until = clock.now() + every
        while clock.now() < until:
            await clock.sleep(min(0.05, until - clock.now()))
        yield text
    if error is not None:
        raise error


async def test_the_last_edit_is_complete_and_edits_come_once_a_second(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    words = [f"word{number} " for number in range(80)]
    whole = await reply.stream(chunks(clock, *words))
    assert whole == "".join(words)
    assert channel.messages == [whole]
    (writes,) = channel.writes
    assert len(writes) > 5
    assert all(after - before >= 0.999 for before, after in pairwise(writes))
    versions = channel.versions[0]
    assert all(whole.startswith(version) for version in versions)
    assert reply.said


async def test_the_first_words_come_soon_and_typing_is_shown_until_then(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    begun = clock.now()
    await reply.stream(chunks(clock, "Hello ", *["again "] * 50, every=0.5))
    assert channel.writes[0][0] - begun < 0.7
    assert channel.typed == 1
    assert not channel.typing_now


async def test_while_others_wait_only_what_is_whole_is_shown(channel: Channel, clock: FakeClock) -> None:
    crowded = True
    reply = StreamedReply(channel, clock=clock, gradual=lambda: not crowded)
    words = [f"word{number} " for number in range(60)]
    whole = await reply.stream(chunks(clock, *words))
    assert (channel.messages, len(channel.writes[0])) == ([whole], 1)

    async def until_then() -> AsyncGenerator[str]:
        nonlocal crowded
        crowded = False
        async for chunk in chunks(clock, *words):
            yield chunk
            crowded = len(channel.writes) > 1

    await reply.stream(until_then())
    # Its first words were seen before the others came, and all of them in the end.
    assert channel.messages[1] == whole
    assert len(channel.writes[1]) == 2


async def test_an_answer_that_comes_at_once_is_sent_once(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    begun = clock.now()
    await reply.stream(chunks(clock, "All ", "of ", "it.", every=0.01))
    assert channel.versions == [["All of it."]]
    assert channel.writes[0][0] - begun == pytest.approx(0.03)
    assert channel.typed == 0


async def test_what_takes_a_while_is_announced_unless_others_wait(channel: Channel, clock: FakeClock) -> None:
    wanted = False
    reply = StreamedReply(channel, clock=clock, shows_typing=lambda: wanted)
    await reply.stream(chunks(clock, "Late.", every=2))
    assert channel.typed == 0
    wanted = True
    await reply.stream(chunks(clock, "Late.", every=2))
    assert (channel.typed, channel.typing_now) == (1, False)


async def test_typing_that_discord_is_slow_to_take_is_ended_once_it_has(
    channel: Channel, clock: FakeClock
) -> None:
    ended: list[str] = []

    @asynccontextmanager
    async def slow() -> AsyncIterator[None]:
        await clock.sleep(5)
        ended.append("begun")
        yield
        ended.append("over")

    channel.typing = slow  # type: ignore[method-assign]
    await StreamedReply(channel, clock=clock).stream(chunks(clock, "Late.", every=2))
    assert ended == ["begun", "over"]


async def test_a_growing_text_goes_on_in_new_messages(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    lines = [f"line {number} of the answer\n" for number in range(300)]
    whole = await reply.stream(chunks(clock, "```text\n", *lines, "```", every=0.02))
    assert len(channel.messages) == 4
    assert channel.parts == [0, 1, 2, 3]
    assert all(balanced(message) for message in channel.messages)
    shown = [line for message in channel.messages for line in message.splitlines() if "```" not in line]
    assert shown == [line.rstrip() for line in lines]
    assert len(whole) > 6000
    for writes in channel.writes:
        assert all(after - before >= 0.999 for before, after in pairwise(writes))


async def test_blanks_make_no_message(reply: StreamedReply, channel: Channel, clock: FakeClock) -> None:
    assert await reply.stream(chunks(clock, " ", "\n", "\t")) == " \n\t"
    assert channel.messages == []
    assert not reply.said


async def test_what_was_said_stays_when_it_breaks_off(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    with pytest.raises(NoModelAnswers):
        await reply.stream(chunks(clock, "So far ", "so good", error=NoModelAnswers("gone")))
    assert channel.messages == ["So far so good" + BROKEN_OFF]


async def test_the_sentence_about_the_break_is_not_taken_for_code(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    with pytest.raises(NoModelAnswers):
        await reply.stream(chunks(clock, "```py\nprint(", error=NoModelAnswers("gone")))
    assert channel.messages == ["```py\nprint(\n```" + BROKEN_OFF]


async def test_nothing_is_said_when_it_fails_before_the_first_word(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    with pytest.raises(NoModelAnswers):
        await reply.stream(chunks(clock, error=NoModelAnswers("gone")))
    assert channel.messages == []


async def test_discords_passing_trouble_is_waited_out(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    channel.trouble = [Transient("busy", retry_after=2.0), Transient("busy")]
    await reply.stream(chunks(clock, "Hello"))
    assert channel.messages == ["Hello"]


async def test_an_edit_that_fails_is_made_good_by_the_next(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    async def text() -> AsyncGenerator[str]:
        async for chunk in chunks(clock, *["word "] * 40):
            if len(channel.messages) == 1 and not channel.trouble and len(channel.writes[0]) == 1:
                channel.trouble = [Transient("busy")]
            yield chunk

    whole = await reply.stream(text())
    assert channel.messages == [whole]


async def test_the_last_edit_is_tried_again_until_it_is_made(reply: StreamedReply, channel: Channel) -> None:
    async def text() -> AsyncGenerator[str]:
        yield "Half "
        await channel.sent.wait()
        channel.trouble = [Transient("busy"), Transient("busy", retry_after=3)]
        yield "and whole."

    await reply.stream(text())
    assert channel.messages == ["Half and whole."]


async def test_a_message_that_may_not_be_sent_ends_it(
    reply: StreamedReply, channel: Channel, clock: FakeClock
) -> None:
    channel.trouble = [Rejected("no permission")]
    with pytest.raises(Rejected):
        await reply.stream(chunks(clock, "Hello"))


async def test_an_endless_answer_is_cut_and_says_so(channel: Channel, clock: FakeClock) -> None:
    reply = StreamedReply(channel, clock=clock, most_messages=2)
    closed = False

    async def endless() -> AsyncGenerator[str]:
        nonlocal closed
        try:
            while True:
                yield "and so on "
                await asyncio.sleep(0)
        finally:
            closed = True

    await reply.stream(endless())
    assert closed
    assert len("".join(channel.messages)) < 4200
    assert channel.messages[-1].endswith(TOO_LONG.strip())


async def test_a_cancelled_answer_shows_what_it_has(channel: Channel, clock: FakeClock) -> None:
    reply = StreamedReply(channel, clock=clock)

    async def stuck() -> AsyncGenerator[str]:
        yield "Half an "
        yield "answer"
        await asyncio.Event().wait()

    task = asyncio.create_task(reply.stream(stuck()))
    await asyncio.wait_for(channel.sent.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert channel.messages == ["Half an answer" + BROKEN_OFF]


async def test_a_whole_text_is_split_and_numbered(reply: StreamedReply, channel: Channel) -> None:
    await reply.send("word " * 900)
    await reply.send("")
    await reply.send("and this")
    assert len(channel.messages) == 4
    assert channel.parts == [0, 1, 2, 3]
