"""Who is on an event where processes share PostgreSQL alone."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from eventually import eventually
from postgresql import PASSWORD

from botpod.inbox.claimed import TIDY_SECONDS, ClaimedInbox
from botpod.inbox.port import Claim
from botpod.storage.claims import Claims
from botpod.storage.database import Database
from botpod.storage.kept import KeptThings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.req("CL-40")

LONG = 60.0
type Make = Callable[..., Awaitable[ClaimedInbox]]


@pytest.fixture
async def process(postgresql_url: str) -> AsyncIterator[Make]:
    """Make a process' inbox, with connections of its own."""
    async with AsyncExitStack() as stack:

        async def make(name: str, *, bot: str = "team/hello", seconds: float = LONG) -> ClaimedInbox:
            database = Database(postgresql_url, password=lambda: PASSWORD)
            await database.start()
            stack.push_async_callback(database.close)
            claims = Claims(database, bot=bot, holder=name, seconds=seconds)
            clock = asyncio.get_running_loop().time
            return ClaimedInbox(claims, KeptThings(database, bot=bot), seconds=seconds, clock=clock)

        yield make


async def test_of_those_that_claim_at_the_same_time_one_has_it(process: Make) -> None:
    inboxes = [await process(f"p{number}") for number in range(4)]
    for event in map(str, range(25)):
        claims = await asyncio.gather(*(inbox.claim(event) for inbox in inboxes))
        assert sorted(claim.name for claim in claims) == ["ELSEWHERE"] * 3 + ["OURS"]


async def test_what_was_handled_is_done_for_all(process: Make) -> None:
    first, second = await process("a"), await process("b")
    assert await first.claim("1") is Claim.OURS
    await first.settle("1", None)
    assert await second.claim("1") is Claim.DONE
    assert await first.claim("1") is Claim.DONE


async def test_bots_that_share_a_database_share_no_events(process: Make) -> None:
    first, other = await process("a"), await process("b", bot="team/other")
    assert await first.claim("1") is Claim.OURS
    assert await other.claim("1") is Claim.OURS


async def test_what_a_dead_process_was_on_is_inherited_with_what_it_said(process: Make) -> None:
    dead, heir = await process("dead", seconds=0.5), await process("heir")
    assert await dead.claim("1") is Claim.OURS
    await dead.note("1", 0, 111)

    async def inherited() -> bool:
        return await heir.claim("1") is Claim.INHERITED

    await eventually(inherited)
    assert await heir.said("1") == {0: 111}
    # It was frozen, and wakes up.
    assert not await dead.holds("1")
    await heir.settle("1", None)
    assert await heir.said("1") == {}


async def test_who_lives_keeps_what_it_is_on(process: Make) -> None:
    holder, other = await process("a", seconds=0.5), await process("b")
    assert await holder.claim("1") is Claim.OURS
    for _ in range(10):
        await holder.live()
        assert await other.claim("1") is Claim.ELSEWHERE
        await asyncio.sleep(0.1)
    assert await holder.holds("1")


async def test_what_is_let_go_is_anybodys_at_once(process: Make) -> None:
    first, second = await process("a"), await process("b")
    for event, leave in (("1", lambda: first.let_go("1")), ("2", first.leave)):
        assert await first.claim(event) is Claim.OURS
        await leave()
        assert await second.claim(event) is Claim.INHERITED


async def test_without_the_database_each_goes_on_alone() -> None:
    away = Database("postgresql+asyncpg://nobody@/nothing?host=/nowhere")
    kept = KeptThings(away, bot="team/hello")
    claims = Claims(away, bot="team/hello", holder="a", seconds=LONG)
    inbox = ClaimedInbox(claims, kept, seconds=LONG, clock=asyncio.get_running_loop().time)
    assert await inbox.claim("1") is Claim.OURS
    await inbox.note("1", 0, 1)
    assert await inbox.holds("1")
    await inbox.settle("1", None)
    assert await inbox.claim("1") is Claim.DONE


async def test_who_was_held_up_asks_whether_what_it_is_on_is_still_its_own(postgresql_url: str) -> None:
    now = 0.0
    async with AsyncExitStack() as stack:
        inboxes = []
        for name in ("late", "heir"):
            database = Database(postgresql_url, password=lambda: PASSWORD)
            await database.start()
            stack.push_async_callback(database.close)
            claims = Claims(database, bot="team/hello", holder=name, seconds=0.5)
            kept = KeptThings(database, bot="team/hello")
            inboxes.append(ClaimedInbox(claims, kept, seconds=0.5, clock=lambda: now))
        late, heir = inboxes
        for event in ("1", "2"):
            assert await late.claim(event) is Claim.OURS

        async def inherited() -> bool:
            return await heir.claim("1") is Claim.INHERITED

        await eventually(inherited)
        now += TIDY_SECONDS
        await late.live()
        assert not await late.holds("1")
        assert await late.holds("2")
