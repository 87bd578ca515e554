"""What a hand-over between processes leans on: several sessions at once, whose turn it is, what resumes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from discord_client import Gateway, Rest

    from botpod_local.discord import DiscordServer

type Connect = Callable[..., Gateway]


async def contents(gateway: Gateway, count: int) -> list[str]:
    return [(await gateway.until("MESSAGE_CREATE"))["content"] for _ in range(count)]


async def test_sessions_of_different_counts_each_hear_their_guilds(
    discord: DiscordServer, gateway: Connect
) -> None:
    discord.faults.set({"identify_spacing": 0})
    for name in ("Second", "Third", "Fourth"):
        discord.building.add_guild(name, "Ada", ["general"], ["hello"])
    async with gateway() as whole, gateway() as half, gateway() as quarter, gateway() as first:
        await whole.begin(discord.token)
        await half.begin(discord.token, shard=[1, 2])
        await quarter.begin(discord.token, shard=[3, 4])
        await first.begin(discord.token, shard=[0, 4])
        for name in ("Botpod", "Second", "Third", "Fourth"):
            discord.people.post(f"{name}/general", "Ada", name)
        discord.people.post("@hello", "Ada", "in private")
        assert await contents(whole, 5) == ["Botpod", "Second", "Third", "Fourth", "in private"]
        assert await contents(half, 2) == ["Second", "Fourth"]
        assert await contents(quarter, 1) == ["Fourth"]
        assert await contents(first, 2) == ["Botpod", "in private"]


async def test_each_session_of_a_shard_resumes_by_itself(discord: DiscordServer, gateway: Connect) -> None:
    discord.faults.set({"identify_spacing": 0})
    async with gateway() as one, gateway() as other:
        ready = await one.begin(discord.token)
        await other.begin(discord.token)
        await one.until("GUILD_CREATE")
        discord.faults.cut(session=ready["session_id"])
        await one.closed()
        discord.people.post("general", "Ada", "heard by one now, by the other later")
        assert await contents(other, 1) == ["heard by one now, by the other later"]
        async with gateway(ready["resume_gateway_url"]) as again:
            await again.resume(discord.token, ready["session_id"], one.seq)
            assert await contents(again, 1) == ["heard by one now, by the other later"]
            await again.until("RESUMED")
    entry = discord.record.entries(kind="resume")[-1]
    assert (entry["outcome"], entry["path"]) == ("resumed", "/resume/")


async def test_after_4007_the_session_is_over(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        ready = await g.begin(discord.token)
        discord.faults.cut()
        await g.closed()
    for expected in (4007, None):
        async with gateway() as g:
            await g.resume(discord.token, ready["session_id"], 1000 if expected else g.seq)
            if expected:
                assert await g.closed() == expected
            else:
                assert await g.op(9) is False


@pytest.mark.parametrize("code", [4007, 4009])
async def test_who_is_told_to_begin_anew_cannot_resume(
    discord: DiscordServer, gateway: Connect, code: int
) -> None:
    async with gateway() as g:
        ready = await g.begin(discord.token)
        discord.faults.close(code)
        assert await g.closed() == code
    await discord.record.wait_for(lambda e: e["kind"] == "close", after=0)
    async with gateway() as g:
        await g.resume(discord.token, ready["session_id"], 1)
        assert await g.op(9) is False
    (told,) = discord.record.entries(kind="invalid_session")
    assert (told["session_id"], told["resumable"]) == (None, False)


@pytest.mark.parametrize(("seq", "refusal"), [(1000, 4007), (0, 9)])
async def test_a_stale_process_does_no_harm_to_who_has_the_session_now(
    discord: DiscordServer, gateway: Connect, seq: int, refusal: int
) -> None:
    discord.faults.set({"replay_events": 1})
    async with gateway() as owner, gateway() as stale:
        ready = await owner.begin(discord.token)
        await owner.until("GUILD_CREATE")
        await stale.resume(discord.token, ready["session_id"], seq)
        assert (await stale.closed() if refusal == 4007 else not await stale.op(9)) in {4007, True}
        discord.people.post("general", "Ada", "still heard")
        assert await contents(owner, 1) == ["still heard"]


async def test_what_was_sent_before_the_end_arrives_before_it(
    discord: DiscordServer, gateway: Connect
) -> None:
    discord.faults.latency(0.2)
    async with gateway() as g:
        await g.identify(discord.token)
        await g.ws.close(code=4000)
    await discord.record.wait_for(lambda e: e["kind"] == "close", after=0)
    # The session has begun on a line that was dead already, and waits to be resumed.
    assert [s["connected"] for s in discord.looking.sessions()] == [False]


async def test_a_stalled_connection_is_open_and_silent_until_it_flows(
    discord: DiscordServer, gateway: Connect
) -> None:
    discord.faults.set({"max_concurrency": 2})
    discord.building.add_guild("Second", "Ada", ["general"], ["hello"])
    async with gateway() as stalled, gateway() as other:
        await stalled.begin(discord.token, shard=[0, 2])
        await stalled.until("GUILD_CREATE")
        await other.begin(discord.token, shard=[1, 2])
        assert discord.faults.stall(shard=0) == 1
        discord.people.post("Botpod/general", "Ada", "waits")
        discord.people.post("Second/general", "Ada", "passes")
        await stalled.send(1, None)
        assert await contents(other, 1) == ["passes"]
        received = discord.record.entries(kind="received")
        assert 1 not in [entry["op"] for entry in received]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stalled.ws.receive(), 0.1)
        discord.faults.flow()
        assert await contents(stalled, 1) == ["waits"]
        assert await stalled.op(11) is None


async def test_a_session_behind_a_stalled_connection_is_taken_over(
    discord: DiscordServer, gateway: Connect
) -> None:
    async with gateway() as stalled, gateway() as heir:
        ready = await stalled.begin(discord.token)
        await stalled.until("GUILD_CREATE")
        discord.faults.stall(session=ready["session_id"])
        leaving = asyncio.create_task(stalled.ws.close(code=4000))
        discord.people.post("general", "Ada", "lost on the way")
        # The server has not heard of the end: to it the session is connected still.
        assert [s["connected"] for s in discord.looking.sessions()] == [True]
        await heir.resume(discord.token, ready["session_id"], stalled.seq)
        assert await contents(heir, 1) == ["lost on the way"]
        discord.faults.flow()
        closed = await discord.record.wait_for(lambda e: e["kind"] == "close", after=0)
        assert closed["had_it"] is False
        await leaving
        discord.people.post("general", "Ada", "to the heir")
        assert await contents(heir, 1) == ["to the heir"]


async def test_one_shard_alone_can_be_slow(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        await g.begin(discord.token)
        assert discord.faults.slow(0.1, shard=0) == 1
        assert discord.faults.slow(0.1, shard=1) == 0
        before = discord.world.now()
        discord.people.post("general", "Ada", "slowly")
        await contents(g, 1)
        assert discord.world.now() - before >= 0.1


@pytest.mark.parametrize("status", [503, 504])
async def test_a_request_can_hang_before_it_fails(discord: DiscordServer, rest: Rest, status: int) -> None:
    discord.faults.fail(status, delay=0.2)
    before = discord.world.now()
    assert (await rest("GET", "/users/@me")).status == status
    assert discord.world.now() - before >= 0.2


async def test_a_nonce_that_was_enforced_shows_in_the_record_as_the_same_answer(
    discord: DiscordServer, rest: Rest
) -> None:
    channel = next(c.id for c in discord.world.channels.values() if c.name == "general")
    body = {"content": "once", "nonce": "n", "enforce_nonce": True}
    for _ in range(2):
        await rest("POST", f"/channels/{channel}/messages", body)
    first, second = discord.record.entries(kind="request")
    assert first["answer_id"] == second["answer_id"] == discord.looking.messages("general")[0]["id"]
