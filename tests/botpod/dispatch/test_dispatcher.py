from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from botpod.config.schema import LimitsSection
from botpod.correlation import correlation_id
from botpod.dispatch import dispatcher as dispatching
from botpod.dispatch.behaviour import Behaviour
from botpod.dispatch.dispatcher import Dispatcher
from botpod.dispatch.room import WAITING_PER_PLACE
from botpod.dispatch.turnedaway import MOST_NAMED
from botpod.errors import Rejected, Transient
from botpod.events import Author, CommandEvent, MessageEvent, Place
from botpod.inbox.local import LocalInbox
from botpod.inbox.port import Claim
from botpod.router import Router
from botpod.skills.protocol import Command, Manifest, Option, Trigger
from botpod.state.local import LocalState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from botpod.events import Event
    from botpod.skills.protocol import Reply, Request

ME = 99


@dataclass
class Channel:
    """What people see: answers and notices, in order."""

    seen: list[str] = field(default_factory=list)
    closed: int = 0
    left: int = 0
    broken: bool = False
    certain: bool = True

    async def send(self, content: str, *, part: int = 0) -> int:  # noqa: ARG002
        if self.broken:
            raise Rejected("no")
        self.seen.append(content)
        return len(self.seen)

    async def notice(self, content: str) -> None:
        await self.send(f"notice: {content}")

    async def edit(self, message_id: int, content: str) -> None:
        self.seen[message_id - 1] = content

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        yield

    async def close(self, *, leave: bool = False) -> None:
        self.closed += 1
        self.left += leave


class Echo:
    """Answers with what it was asked; "wait X" waits until X is let go, "fail" fails."""

    manifest = Manifest(
        name="echo",
        description="Echoes.",
        commands=(
            Command(name="echo", description="Echo.", options=(Option(name="text", description="t"),)),
            Command(name="purge", description="Purge.", requires=frozenset({"MANAGE_MESSAGES"})),
        ),
        triggers=frozenset({Trigger.MENTION, Trigger.DIRECT_MESSAGE}),
    )

    def __init__(self) -> None:
        self.gates: dict[str, asyncio.Event] = {}
        self.running = 0
        self.most = 0
        self.correlations: list[tuple[str, str | None]] = []

    async def handle(self, request: Request, reply: Reply) -> None:
        self.correlations.append((request.correlation_id, correlation_id.get()))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if request.text.startswith("wait "):
                await self.gates.setdefault(request.text, asyncio.Event()).wait()
            if request.text == "fail":
                raise ValueError("secret details")
            await reply.send(f"{request.author.name}: {request.text}")
        finally:
            self.running -= 1

    def let_go(self, text: str) -> None:
        self.gates.setdefault(text, asyncio.Event()).set()


@dataclass
class Rights:
    """What Discord would tell; None where it can't be asked."""

    held: int | None = 0
    asked: list[tuple[int, Place]] = field(default_factory=list)

    async def __call__(self, author: Author, place: Place) -> int:
        self.asked.append((author.id, place))
        if self.held is None:
            raise Transient("Discord can't be reached.")
        return self.held


@dataclass
class Counts:
    refusals: list[str] = field(default_factory=list)
    failures: list[str | None] = field(default_factory=list)
    now: int = 0

    def received(self, event: Event) -> None: ...

    def refused(self, reason: str) -> None:
        self.refusals.append(reason)

    def running(self, change: int) -> None:
        self.now += change

    def handled(self, skill: str, seconds: float, error: BaseException | None) -> None:  # noqa: ARG002
        self.failures.append(None if error is None else type(error).__name__)


def behaviour(echo: Echo, **limits: int) -> Behaviour:
    return Behaviour(
        skills={"echo": echo},
        reply=lambda port: port,  # type: ignore[arg-type,return-value] # the channel is both
        limits=LimitsSection.model_validate({"messagesPerUser": 1000, **limits}),
    )


class Bot:
    """A dispatcher with everything around it."""

    def __init__(self, **limits: int) -> None:
        self.echo = Echo()
        self.counts = Counts()
        self.channel = Channel()
        self.rights = Rights()
        self.number = 0
        state = LocalState(pod="a", clock=time.monotonic)
        self.ledger = LocalInbox(clock=time.monotonic)
        self.dispatcher = Dispatcher(
            router=Router.of([Echo.manifest], prefix="!"),
            behaviour=behaviour(self.echo, **limits),
            ledger=self.ledger,
            windows=state,
            permissions=self.rights,
            observer=self.counts,
            clock=time.monotonic,
        )

    def submit(self, event: Event, port: Callable[[], Channel]) -> None:
        routed = self.dispatcher.route(event, self_id=ME)
        if routed is not None:
            self.dispatcher.submit(routed, port)

    def says(self, text: str, *, user: int = 1, channel: int = 1, number: int | None = None) -> MessageEvent:
        self.number += 1
        event = MessageEvent(
            id=number or self.number,
            place=Place(channel_id=channel),
            author=Author(id=user, name=f"user{user}"),
            content=text,
        )
        self.submit(event, lambda: self.channel)
        return event

    def purges(self, *, guild: int | None = 5, number: int | None = None) -> None:
        self.number += 1
        event = MessageEvent(
            id=number or self.number,
            place=Place(channel_id=1, guild_id=guild),
            author=Author(id=1, name="ann", roles=frozenset({7})),
            content="!purge",
        )
        self.submit(event, lambda: self.channel)

    def purges_by_slash(self, *, permissions: int | None, guild: int | None = 5) -> None:
        self.number += 1
        event = CommandEvent(
            id=self.number,
            place=Place(channel_id=1, guild_id=guild),
            author=Author(id=1, name="ann", permissions=permissions),
            command="purge",
        )
        self.submit(event, lambda: self.channel)

    def slash(self, text: str, *, user: int = 1) -> None:
        self.number += 1
        event = CommandEvent(
            id=self.number,
            place=Place(channel_id=1),
            author=Author(id=user, name=f"user{user}"),
            command="echo",
            options={"text": text},
        )
        self.submit(event, lambda: self.channel)

    async def settle(self) -> None:
        """Let everything that can run do so."""
        for _ in range(50):
            await asyncio.sleep(0)


async def test_an_event_is_answered_and_its_port_closed() -> None:
    bot = Bot()
    bot.says("hi")
    assert await bot.dispatcher.drain(5) == 0

    assert bot.channel.seen == ["user1: hi"]
    assert bot.channel.closed == 1
    assert bot.counts.failures == [None]


async def test_the_same_event_twice_is_answered_once() -> None:
    bot = Bot()
    bot.says("hi", number=7)
    bot.says("hi", number=7)
    await bot.dispatcher.drain(5)

    assert bot.channel.seen == ["user1: hi"]
    assert bot.counts.refusals == ["duplicate"]


async def test_what_is_not_for_us_costs_nothing() -> None:
    bot = Bot()
    event = MessageEvent(
        id=1, place=Place(channel_id=1, guild_id=2), author=Author(id=1, name="ann"), content="hi all"
    )

    def port() -> Channel:
        raise AssertionError("no way back is needed")

    bot.submit(event, port)

    assert bot.dispatcher.unfinished == 0


async def test_a_long_answer_keeps_nobody_else_waiting() -> None:
    bot = Bot()
    bot.says("wait 1", user=1)
    bot.says("hi", user=2)
    bot.says("hi", user=1, channel=2)
    await bot.settle()

    assert sorted(bot.channel.seen) == ["user1: hi", "user2: hi"]
    bot.echo.let_go("wait 1")
    await bot.dispatcher.drain(5)
    assert bot.channel.seen[-1] == "user1: wait 1"


async def test_one_person_is_answered_in_order() -> None:
    bot = Bot(concurrentPerUser=5)
    bot.says("wait 1")
    bot.says("second")
    bot.says("third")
    await bot.settle()
    assert bot.channel.seen == []

    bot.echo.let_go("wait 1")
    await bot.dispatcher.drain(5)

    assert bot.channel.seen == ["user1: wait 1", "user1: second", "user1: third"]


@pytest.mark.partly("CL-27", lacks="one kind of error of many")
async def test_a_failure_is_admitted_without_details_and_the_next_is_answered() -> None:
    bot = Bot()
    bot.says("fail")
    bot.says("hi")
    await bot.dispatcher.drain(5)

    assert bot.channel.seen[0].startswith("notice: Sorry, something went wrong on my side.")
    assert bot.echo.correlations[0][0] in bot.channel.seen[0]
    assert "secret" not in bot.channel.seen[0]
    assert bot.channel.seen[1] == "user1: hi"
    assert bot.counts.failures == ["ValueError", None]
    assert bot.counts.now == 0


async def test_every_event_has_a_correlation_id_of_its_own() -> None:
    bot = Bot()
    bot.says("a", user=1)
    bot.says("b", user=2)
    await bot.dispatcher.drain(5)

    (first, in_first), (second, in_second) = bot.echo.correlations
    assert (first, second) == (in_first, in_second)
    assert first != second
    assert correlation_id.get() is None


@pytest.mark.req("AC-24", "AC-25", "CP-16", "CL-34")
@pytest.mark.partly("AU-21", lacks="HTTP answers 429 once there is an API")
async def test_over_the_limit_there_is_one_notice_then_silence() -> None:
    bot = Bot(messagesPerUser=2)
    for number in range(5):
        bot.says(str(number))
    bot.says("hi", user=2)
    await bot.dispatcher.drain(5)

    answers = [text for text in bot.channel.seen if not text.startswith("notice:")]
    notices = [text for text in bot.channel.seen if text.startswith("notice:")]
    assert sorted(answers) == ["user1: 0", "user1: 1", "user2: hi"]
    assert len(notices) == 1
    assert "faster than I can answer. Please give me about 60 seconds." in notices[0]
    assert bot.counts.refusals == ["rate"] * 3


async def test_a_slash_command_over_the_limit_is_always_told() -> None:
    bot = Bot(messagesPerUser=1)
    for _ in range(3):
        bot.slash("x")
    await bot.dispatcher.drain(5)

    assert len([text for text in bot.channel.seen if text.startswith("notice:")]) == 2


@pytest.mark.req("CP-52", "CP-53")
@pytest.mark.parametrize(
    ("limits", "people", "channels", "most"),
    [
        ({"concurrent": 3}, 8, 8, 3),
        ({"concurrentPerChannel": 2}, 8, 1, 2),
        ({"concurrentPerUser": 1}, 1, 8, 1),
        ({}, 8, 8, 8),
    ],
)
async def test_no_more_run_at_once_than_allowed(
    limits: dict[str, int], people: int, channels: int, most: int
) -> None:
    bot = Bot(**{"concurrentPerUser": 64, "concurrentPerChannel": 64, **limits})
    for number in range(8):
        bot.says("wait 1", user=number % people + 1, channel=number % channels + 1)
    await bot.settle()
    assert bot.echo.running == most

    bot.echo.let_go("wait 1")
    await bot.dispatcher.drain(5)

    assert bot.echo.most == most
    assert len(bot.channel.seen) == 8


async def test_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "LONGEST_WAIT", 0.05)
    bot = Bot(concurrent=1)
    bot.says("wait 1", user=1)
    bot.says("hi", user=2)
    async with asyncio.timeout(5):
        while not bot.channel.seen:  # noqa: ASYNC110 - the channel is a list
            await asyncio.sleep(0.01)

    assert "more to answer than I can manage" in bot.channel.seen[0]
    assert bot.counts.refusals == ["busy"]
    bot.echo.let_go("wait 1")
    await bot.dispatcher.drain(5)


@pytest.mark.attack("one_channel_starves_all", "dropped_in_silence")
async def test_of_a_crowd_in_one_channel_each_is_named_and_other_channels_find_room() -> None:
    bot = Bot(concurrentPerChannel=1)
    for user in range(1001, 1104):
        bot.says("wait 1", user=user)
    bot.says("hi", user=200, channel=2)
    async with asyncio.timeout(10):
        while len(bot.channel.seen) < 2:  # noqa: ASYNC110 - the channel is a list
            await asyncio.sleep(0.01)

    assert bot.dispatcher.unfinished == WAITING_PER_PLACE
    assert bot.counts.refusals == ["full"] * (103 - WAITING_PER_PLACE)
    answer, notice = bot.channel.seen
    assert answer == "user200: hi"
    assert "could not read this. Please ask again in a minute." in notice
    assert re.findall("<@([0-9]+)>", notice) == [str(1017 + number) for number in range(MOST_NAMED)]
    bot.echo.let_go("wait 1")
    await bot.dispatcher.drain(5)


@pytest.mark.attack("dropped_in_silence")
async def test_a_command_without_room_is_told_so_by_itself_and_at_once() -> None:
    bot = Bot(concurrentPerChannel=1)
    for user in range(1, 17):
        bot.says("wait 1", user=user)
    bot.slash("hi")
    async with asyncio.timeout(5):
        while not bot.channel.seen:  # noqa: ASYNC110 - the channel is a list
            await asyncio.sleep(0)

    assert "more to answer than I can manage" in bot.channel.seen[0]
    bot.echo.let_go("wait 1")
    await bot.dispatcher.drain(5)


async def test_draining_lets_what_runs_finish_and_stops_the_rest() -> None:
    bot = Bot()
    bot.says("wait 1", user=1)
    bot.says("wait 2", user=2)
    await bot.settle()
    asyncio.get_running_loop().call_later(0.05, bot.echo.let_go, "wait 1")

    stopped = await bot.dispatcher.drain(0.3)

    assert stopped == 1
    assert bot.channel.seen == ["user1: wait 1"]
    assert bot.channel.closed == 2
    assert bot.dispatcher.unfinished == 0


async def test_a_notice_that_can_not_be_sent_hurts_nobody() -> None:
    bot = Bot(messagesPerUser=1)
    bot.channel.broken = True
    bot.says("1")
    bot.says("2")
    await bot.dispatcher.drain(5)

    assert bot.counts.failures == ["Rejected"]
    assert bot.counts.refusals == ["rate"]


@pytest.mark.req("CP-17", "AC-26", "CL-33")
@pytest.mark.partly("AU-06", lacks="a query over HTTP has a model of its own once there is an API")
async def test_what_people_type_reaches_the_skill_sanitised() -> None:
    bot = Bot(maxInputCharacters=8)
    bot.says("\n a\x00b\x1fcdefg")
    bot.slash("h\x07i there you")
    bot.says(" !echo \x7fcommands too")
    await bot.dispatcher.drain(5)

    assert bot.channel.seen == ["user1: abcdef", "user1: hi ther", "user1: command"]


@pytest.mark.req("CP-41")
async def test_another_behaviour_holds_from_the_next_request_on() -> None:
    bot = Bot(messagesPerUser=3, maxInputCharacters=10)
    bot.says("wait 1")
    await bot.settle()
    other = Echo()
    bot.dispatcher.use(behaviour(other, messagesPerUser=3, maxInputCharacters=2))
    bot.says("hello")
    bot.says("hello")
    bot.says("one too many")
    bot.echo.let_go("wait 1")
    await bot.dispatcher.drain(5)

    # The first keeps to the behaviour it began with; the limit counts over both.
    assert bot.channel.seen[-3:] == ["user1: wait 1", "user1: he", "user1: he"]
    assert bot.counts.refusals == ["rate"]
    assert (len(bot.echo.correlations), len(other.correlations)) == (1, 2)


async def test_what_another_pod_has_taken_meanwhile_is_left_to_it() -> None:
    bot = Bot()
    event = bot.says("wait a")
    await bot.settle()
    await bot.ledger.let_go(str(event.id))  # as a ledger says after this process was frozen

    bot.echo.let_go("wait a")
    await bot.settle()

    # Neither the answer nor an excuse, and it isn't noted as done.
    assert bot.channel.seen == []
    assert (bot.channel.closed, bot.channel.left) == (1, 1)
    assert await bot.ledger.claim(str(event.id)) is Claim.OURS


async def test_what_is_cut_off_is_left_to_the_next_owner_as_it_is() -> None:
    bot = Bot()
    bot.says("wait a")
    await bot.settle()

    assert await bot.dispatcher.drain(0) == 1

    assert (bot.channel.closed, bot.channel.left) == (1, 1)


MANAGE_MESSAGES, ADMINISTRATOR, KICK_MEMBERS = 1 << 13, 1 << 3, 1 << 1
NEEDS = "notice: `{}` needs the permission Manage Messages."


@pytest.mark.partly("CL-32", lacks="no command that ships requires a permission yet")
@pytest.mark.parametrize(
    ("held", "seen", "counted"),
    [
        (MANAGE_MESSAGES, "ann: ", []),
        (ADMINISTRATOR, "ann: ", []),
        (KICK_MEMBERS, NEEDS.format("!purge"), ["permission"]),
        (0, NEEDS.format("!purge"), ["permission"]),
        (
            None,
            "notice: I could not check whether you may use `!purge`. Please try again in a minute.",
            ["unchecked"],
        ),
    ],
)
async def test_a_typed_command_is_passed_on_to_those_who_may_use_it(
    held: int | None, seen: str, counted: list[str]
) -> None:
    bot = Bot()
    bot.rights.held = held
    bot.purges()
    await bot.dispatcher.drain(5)

    assert bot.channel.seen == [seen]
    assert bot.counts.refusals == counted
    assert bot.rights.asked == [(1, Place(channel_id=1, guild_id=5))]
    assert len(bot.echo.correlations) == (not counted)
    assert bot.channel.closed == 1


@pytest.mark.partly("CL-32", lacks="no command that ships requires a permission yet")
@pytest.mark.parametrize(
    ("sent", "answer"),
    [(MANAGE_MESSAGES, "ann: "), (ADMINISTRATOR, "ann: "), (KICK_MEMBERS, NEEDS.format("/purge"))],
)
async def test_what_came_with_an_interaction_decides_alone(sent: int, answer: str) -> None:
    bot = Bot()
    bot.rights.held = ADMINISTRATOR
    bot.purges_by_slash(permissions=sent)
    await bot.dispatcher.drain(5)

    assert bot.channel.seen == [answer]
    assert bot.rights.asked == []


@pytest.mark.parametrize(("held", "answer"), [(MANAGE_MESSAGES, "ann: "), (0, NEEDS.format("/purge"))])
async def test_an_interaction_that_lacks_them_has_them_found_out(held: int, answer: str) -> None:
    bot = Bot()
    bot.rights.held = held
    bot.purges_by_slash(permissions=None)
    await bot.dispatcher.drain(5)

    assert bot.channel.seen == [answer]
    assert len(bot.rights.asked) == 1


@pytest.mark.partly("CL-32", lacks="no command that ships requires a permission yet")
async def test_in_a_direct_message_nobody_may_use_what_needs_permissions() -> None:
    bot = Bot()
    bot.rights.held = ADMINISTRATOR
    bot.purges(guild=None)
    bot.purges_by_slash(permissions=ADMINISTRATOR, guild=None)
    await bot.dispatcher.drain(5)

    assert sorted(bot.channel.seen) == [
        "notice: `!purge` can only be used in a server.",
        "notice: `/purge` can only be used in a server.",
    ]
    assert bot.counts.refusals == ["permission"] * 2
    assert bot.rights.asked == []


async def test_commands_that_require_nothing_have_nothing_found_out() -> None:
    bot = Bot()
    bot.rights.held = None
    bot.says("!echo hi")
    bot.slash("hi")
    await bot.dispatcher.drain(5)

    assert bot.channel.seen == ["user1: hi"] * 2
    assert bot.rights.asked == []


async def test_nothing_is_found_out_for_those_who_ask_too_often_or_twice() -> None:
    bot = Bot(messagesPerUser=2)
    bot.purges(number=70)
    bot.purges(number=70)
    for _ in range(5):
        bot.purges()
    await bot.dispatcher.drain(5)

    assert Counter(bot.counts.refusals) == {"permission": 2, "rate": 4, "duplicate": 1}
    assert len(bot.rights.asked) == 2
