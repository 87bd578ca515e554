"""Readings of Vault's metadata: shared, in their time, and kind to a Vault that is down."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from eventually import eventually

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.vault.entry import Entry
from botpod_operator.credentials.board import Board, VaultKnown
from botpod_operator.credentials.errands import Slow
from botpod_operator.credentials.outages import FIRST_SECONDS, MOST_SECONDS, Outages
from botpod_operator.credentials.places import Place
from botpod_operator.errors import NotYet
from botpod_operator.identity import BotKey
from botpod_operator.watch.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL = 30.0
ONE = Entry(newest=1, known=frozenset({1}), readable=frozenset({1}))
TWO = Entry(newest=2, known=frozenset({1, 2}), readable=frozenset({1, 2}))
PLACE = Place(address="https://vault", ca="", mount="secret", path="bots/a")
DENIED = CredentialsUnusable("VaultPermissionDenied", "no.", certain=True)
SEALED = CredentialsUnusable("VaultSealed", "sealed.", certain=False)


class _Timer:
    def __init__(self, when: float, call: Callable[[], None]) -> None:
        self._when, self.call, self.cancelled = when, call, False

    def cancel(self) -> None:
        self.cancelled = True

    def when(self) -> float:
        return self._when


class _Vault:
    """A Vault, a clock and a board that polls it as the operator's loop does."""

    def __init__(self, jitter: Callable[[float, float], float] = lambda low, _: low) -> None:
        self.now = 0.0
        self.slow = Slow(patience=0.05)
        self.waits: asyncio.Event | None = None
        self.timers: list[_Timer] = []
        self.says: Entry | CredentialsUnusable = ONE
        self.denied: set[BotKey] = set()
        self.reads: list[tuple[float, str, str]] = []
        self.notified: list[BotKey] = []
        self.queue: Queue[Place] = Queue(scheduler=self)
        self.board = Board(
            queue=self.queue,
            outages=Outages(clock=self.time, jitter=jitter),
            slow=self.slow,
            notify=self.notified.append,
            clock=self.time,
            jitter=jitter,
        )

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., object], *args: object) -> _Timer:
        timer = _Timer(when, lambda: callback(*args))
        self.timers.append(timer)
        return timer

    def bot(self, name: str, place: Place = PLACE, *, interval: float = INTERVAL) -> BotKey:
        key = BotKey("team", name)

        async def read() -> Entry:
            self.reads.append((self.now, name, place.path))
            await asyncio.sleep(0)
            if self.waits is not None:
                await self.waits.wait()
            if isinstance(self.says, CredentialsUnusable):
                raise self.says  # who is sealed denies nobody
            if key in self.denied:
                raise DENIED
            return self.says

        self.board.follow(key, place, read, interval=interval)
        return key

    async def until(self, end: float) -> None:
        """Let time pass, polling whatever becomes due."""
        while (timer := self._next(end)) is not None:
            self.now = max(self.now, timer.when())
            self.timers.remove(timer)
            timer.call()
            while len(self.queue):
                place = await self.queue.get()
                again = await self.board.poll(place)
                if again is not None:
                    self.queue.add_after(place, again)
                self.queue.done(place)
        self.now = end

    def _next(self, end: float) -> _Timer | None:
        due = [timer for timer in self.timers if not timer.cancelled and timer.when() <= end]
        return min(due, key=_Timer.when, default=None)


@pytest.fixture
def vault() -> _Vault:
    return _Vault()


async def test_bots_of_one_place_share_one_reading_per_interval(vault: _Vault) -> None:
    bots = [vault.bot(f"bot-{number}") for number in range(20)]
    assert await asyncio.gather(*(vault.board.look(bot) for bot in bots)) == [ONE] * 20
    assert len(vault.reads) == 1
    for end in range(10, 301, 10):
        await vault.until(end)
        await asyncio.gather(*(vault.board.look(bot) for bot in bots))
    assert [when for when, _, _ in vault.reads] == [INTERVAL * number for number in range(11)]


async def test_when_a_version_was_written_is_known_of_its_own_source_and_through_an_outage(
    vault: _Vault,
) -> None:
    vault.says = replace(TWO, written={1: 100.0, 2: 200.0})
    bot = vault.bot("a")

    def written(version: str, source: str = "vault:secret/bots/a") -> float | None:
        return vault.board.written(bot, source=source, version=version)

    assert written("2") is None
    await vault.board.look(bot)
    assert (written("1"), written("2"), written("3")) == (100.0, 200.0, None)
    # What runs may still come from the place before.
    assert written("2", source="vault:secret/bots/before") is None
    vault.says = SEALED
    await vault.until(3 * INTERVAL)
    assert written("2") == 200.0
    vault.board.forget(bot)
    assert written("2") is None


async def test_a_new_version_is_told_to_every_bot_of_the_place(vault: _Vault) -> None:
    bots = [vault.bot("a"), vault.bot("b")]
    other = vault.bot("c", replace(PLACE, path="bots/other"))
    for bot in (*bots, other):
        await vault.board.look(bot)
    vault.notified.clear()
    await vault.until(INTERVAL)
    assert vault.notified == []
    vault.says = TWO
    await vault.until(2 * INTERVAL)
    assert sorted(vault.notified) == sorted([*bots, other])
    assert await vault.board.look(bots[0]) == TWO


async def test_the_shortest_interval_of_a_place_counts(vault: _Vault) -> None:
    await vault.board.look(vault.bot("a", interval=60.0))
    vault.bot("b", interval=5.0)
    vault.reads.clear()
    await vault.until(120.0)
    assert [when for when, _, _ in vault.reads] == [60.0, *(float(at) for at in range(65, 121, 5))]


async def test_a_fresh_look_reads_at_once_and_moves_the_next_reading(vault: _Vault) -> None:
    bot = vault.bot("a")
    await vault.board.look(bot)
    await vault.until(20.0)
    vault.says = TWO
    assert await vault.board.look(bot) == ONE
    assert await vault.board.look(bot, fresh=True) == TWO
    await vault.until(60.0)
    assert [when for when, _, _ in vault.reads] == [0.0, 20.0, 50.0]


async def test_who_is_denied_is_told_so_and_keeps_nobody_else_from_reading(vault: _Vault) -> None:
    denied, fine = vault.bot("denied"), vault.bot("fine")
    vault.denied.add(denied)
    with pytest.raises(CredentialsUnusable) as told:
        await vault.board.look(denied)
    assert told.value is DENIED
    assert await vault.board.look(fine) == ONE
    vault.reads.clear()
    await vault.until(INTERVAL)
    assert vault.reads == [(INTERVAL, "fine", PLACE.path)]
    vault.denied.clear()
    assert await vault.board.look(denied) == ONE


async def test_nobody_reads_for_a_bot_that_is_gone_or_went_elsewhere(vault: _Vault) -> None:
    bot, moved = vault.bot("a"), vault.bot("b")
    await vault.board.look(bot)
    vault.board.forget(bot)
    vault.bot("b", replace(PLACE, path="bots/new"))
    await vault.board.look(moved)
    vault.reads.clear()
    await vault.until(3 * INTERVAL)
    assert {path for _, _, path in vault.reads} == {"bots/new"}


async def test_a_vault_that_is_down_gets_one_question_at_a_time_and_no_herd_afterwards() -> None:
    vault = _Vault(jitter=random.Random(7).uniform)
    bots = [vault.bot(f"bot-{number}", replace(PLACE, path=f"bots/{number}")) for number in range(50)]
    for bot in bots:
        await vault.board.look(bot)
    vault.says = SEALED
    vault.reads.clear()
    await vault.until(3600.0)
    # One an outage's pause apart, where there would be 50 in each of 119 intervals.
    assert len(vault.reads) < 3600 / MOST_SECONDS + 20
    told = [problem for bot in bots if (problem := await _problem(vault.board, bot)) is SEALED]
    assert len(told) == 50
    vault.says = TWO
    vault.notified.clear()
    vault.reads.clear()
    await vault.until(3600.0 + MOST_SECONDS + 2 * INTERVAL)
    assert set(vault.notified) == set(bots)
    times = [when for when, _, _ in vault.reads]
    assert max(sum(at <= when < at + 1 for when in times) for at in times) <= 10


async def _problem(board: Board, bot: BotKey) -> CredentialsUnusable | None:
    try:
        await board.look(bot)
    except CredentialsUnusable as problem:
        return problem
    return None


def test_an_outage_lets_one_question_through_later_each_time() -> None:
    now = [0.0]
    outages = Outages(clock=lambda: now[0], jitter=lambda low, _: low)
    assert outages.problem("v") is None
    asked = []
    outages.failed("v", SEALED)
    for tick in range(1, 1200):
        now[0] = tick / 10
        if outages.problem("v") is None:
            asked.append(now[0])
            assert outages.problem("v") is SEALED
            outages.failed("v", SEALED)
    pauses = [round(after - before, 1) for before, after in zip([0.0, *asked], asked, strict=False)]
    assert pauses[:6] == [FIRST_SECONDS, 2.0, 4.0, 8.0, 16.0, MOST_SECONDS]
    assert outages.answered("v")
    assert outages.problem("v") is None


async def test_it_tells_which_vaults_answer_and_how_old_what_is_known_of_a_bot_is(vault: _Vault) -> None:
    bot, other = vault.bot("a"), vault.bot("b", replace(PLACE, path="bots/other"))
    third = vault.bot("c", replace(PLACE, address="https://another"))
    for each in (bot, other, third):
        await vault.board.look(each)
    assert vault.board.vaults() == {
        "https://vault": VaultKnown(entries=2, problems=frozenset()),
        "https://another": VaultKnown(entries=1, problems=frozenset()),
    }
    await vault.until(INTERVAL + 1)
    assert vault.board.age(bot) == 1.0
    vault.says = SEALED
    await vault.until(4 * INTERVAL)
    assert vault.board.age(bot) == 3 * INTERVAL
    assert vault.board.vaults()["https://vault"].problems == {"VaultSealed"}
    vault.says = ONE
    await vault.until(8 * INTERVAL)
    assert vault.board.vaults()["https://vault"].problems == frozenset()
    assert vault.board.age(BotKey("default", "nobody")) is None


async def test_who_is_denied_after_an_outage_is_not_asked_for_without_a_pause(vault: _Vault) -> None:
    bot = vault.bot("a")
    await vault.board.look(bot)
    vault.says = SEALED
    await vault.until(3 * INTERVAL)
    vault.says, vault.denied = ONE, {bot}
    vault.reads.clear()
    await vault.until(13 * INTERVAL)
    assert 5 <= len(vault.reads) <= 11
    vault.denied.clear()
    await vault.until(15 * INTERVAL)
    assert await vault.board.look(bot) == ONE


async def test_a_denied_bot_that_knocks_first_keeps_nobody_from_a_vault_that_is_back(vault: _Vault) -> None:
    denied, fine = vault.bot("denied"), vault.bot("fine", replace(PLACE, path="bots/other"))
    vault.denied.add(denied)
    with pytest.raises(CredentialsUnusable):
        await vault.board.look(denied)
    await vault.board.look(fine)
    vault.says = SEALED
    await vault.until(3 * INTERVAL)
    assert vault.board.vaults()[PLACE.address].problems == {"VaultSealed"}
    vault.says = TWO
    await vault.until(3 * INTERVAL + MOST_SECONDS + INTERVAL)
    assert vault.board.vaults()[PLACE.address].problems == frozenset()
    assert await vault.board.look(fine) == TWO
    with pytest.raises(CredentialsUnusable) as told:
        await vault.board.look(denied)
    assert told.value is DENIED


async def test_who_comes_while_another_is_denied_is_told_that_nothing_is_read_yet(vault: _Vault) -> None:
    first = vault.bot("first")
    vault.denied.add(first)
    asked = asyncio.create_task(vault.board.look(first))
    # It begins, and its reading after it.
    for _ in range(2):
        await asyncio.sleep(0)
    assert vault.reads
    late = vault.bot("late")

    with pytest.raises(CredentialsUnusable, match="isn't read yet") as told:
        await vault.board.look(late)
    assert told.value.reason == "VaultUnavailable"
    with pytest.raises(CredentialsUnusable, match=r"no\."):
        await asked
    assert await vault.board.look(late, fresh=True) == ONE


async def test_looks_and_polls_go_on_without_a_vault_that_hangs_and_are_told_when_it_answers(
    vault: _Vault,
) -> None:
    vault.waits = asyncio.Event()
    bots = [vault.bot(f"bot-{number}", replace(PLACE, path=f"bots/{number}")) for number in range(5)]
    for bot in bots:
        with pytest.raises(NotYet, match="takes longer"):
            await vault.board.look(bot)
    await eventually(lambda: len(vault.reads) == len(bots))
    begun = asyncio.get_running_loop().time()
    for number in range(5):
        assert await vault.board.poll(replace(PLACE, path=f"bots/{number}")) is not None
    # Known to be slow by now: nobody waits.
    assert asyncio.get_running_loop().time() - begun < 0.05
    vault.waits.set()
    await eventually(lambda: len(vault.notified) == len(bots))
    vault.waits = None
    assert [await vault.board.look(bot) for bot in bots] == [ONE] * len(bots)
    assert len(vault.reads) == len(bots)


@pytest.mark.parametrize("reason", ["VaultRateLimited", "VaultUnexpected"])
@pytest.mark.attack("one_role_is_throttled")
async def test_what_one_role_is_told_makes_no_outage_of_it_for_others(vault: _Vault, reason: str) -> None:
    ours = vault.bot("ours")
    theirs = vault.bot("theirs", replace(PLACE, path="bots/b"))
    vault.says = CredentialsUnusable(reason, "enough.", certain=False)
    with pytest.raises(CredentialsUnusable, match="enough"):
        await vault.board.look(ours)
    vault.says = ONE
    assert await vault.board.look(theirs) == ONE
    assert vault.board.vaults()[PLACE.address].problems == frozenset()


async def test_what_others_ask_of_a_vault_that_is_down_is_told_at_once(vault: _Vault) -> None:
    bot, asked = vault.bot("a"), []

    async def sealed() -> None:
        asked.append(1)
        raise CredentialsUnusable("VaultSealed", "Vault is sealed", certain=False)

    for _ in range(3):
        with pytest.raises(CredentialsUnusable, match="is sealed"):
            await vault.board.minded(bot, sealed)
    assert len(asked) == 1


async def test_a_mistake_of_ours_in_a_reading_that_nobody_waits_for_is_read_again(vault: _Vault) -> None:
    class _Strange(Exception):
        """Not one that a reader raises."""

    vault.waits, answers = asyncio.Event(), [_Strange()]
    read = asyncio.Event()
    key = BotKey("team", "a")

    async def reader() -> Entry:
        assert vault.waits is not None
        read.set()
        await vault.waits.wait()
        if answers:
            raise answers.pop()
        return ONE

    vault.board.follow(key, PLACE, reader, interval=INTERVAL)
    look = asyncio.create_task(vault.board.look(key))
    with pytest.raises(NotYet):
        await look
    vault.now += INTERVAL
    assert await vault.board.poll(PLACE) is None
    vault.waits.set()
    await eventually(lambda: not answers)
    await asyncio.sleep(0)
    assert vault.timers


async def test_whoever_goes_while_it_is_read_for_alone_is_read_no_more(vault: _Vault) -> None:
    one, other = vault.bot("a"), vault.bot("b")
    vault.denied.add(other)
    await vault.board.look(one)
    with pytest.raises(CredentialsUnusable):
        await vault.board.look(other, fresh=True)
    vault.waits = asyncio.Event()
    with pytest.raises(CredentialsUnusable):
        await vault.board.look(other)
    vault.board.forget(other)
    vault.waits.set()
    assert vault.board.age(other) is None
