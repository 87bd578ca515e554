"""Every close code of the gateway, and the limits behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from botpod_local.discord.gateway.intents import Intent

if TYPE_CHECKING:
    from collections.abc import Callable

    from discord_client import Gateway, Rest
    from discord_standin import ShiftedClock

    from botpod_local.discord import DiscordServer

type Connect = Callable[..., Gateway]


async def test_4001_unknown_opcode(gateway: Connect) -> None:
    async with gateway() as g:
        await g.send(99, None)
        assert await g.closed() == 4001


async def test_4002_members_whose_name_begins_with_a_number(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        await g.begin(discord.token)
        await g.send(8, {"guild_id": str(next(iter(discord.world.guilds))), "query": 5, "limit": 1})
        assert await g.closed() == 4002


@pytest.mark.parametrize("text", ["{", "[]", '{"op": "1"}', '{"op": true}', '{"d": 1}', '{"op": 2, "d": 3}'])
async def test_4002_what_cannot_be_decoded(gateway: Connect, text: str) -> None:
    async with gateway() as g:
        await g.ws.send_str(text)
        assert await g.closed() == 4002


@pytest.mark.parametrize(("size", "alive"), [(4096, True), (4097, False)])
async def test_4002_more_than_4096_bytes(gateway: Connect, size: int, *, alive: bool) -> None:
    async with gateway() as g:
        text = '{"op": 1, "d": null, "x": ""}'
        await g.ws.send_str(text[:-2] + "x" * (size - len(text)) + text[-2:])
        if alive:
            assert await g.op(11) is None
        else:
            assert await g.closed() == 4002


async def test_4003_not_authenticated(gateway: Connect) -> None:
    async with gateway() as g:
        await g.send(3, {})
        assert await g.closed() == 4003


async def test_4004_a_wrong_token(gateway: Connect) -> None:
    async with gateway() as g:
        await g.identify("nobody's")
        assert await g.closed() == 4004
    async with gateway() as g:
        await g.resume("nobody's", "x", 1)
        assert await g.closed() == 4004


async def test_4005_already_authenticated(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        await g.begin(discord.token)
        await g.identify(discord.token)
        assert await g.closed() == 4005


async def test_4007_a_sequence_number_not_yet_reached(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        ready = await g.begin(discord.token)
        discord.faults.cut()
        await g.closed()
    async with gateway() as g:
        await g.resume(discord.token, ready["session_id"], 1000)
        assert await g.closed() == 4007


async def test_4008_more_than_120_sends_in_60_seconds(gateway: Connect) -> None:
    async with gateway() as g:
        for _ in range(120):
            await g.send(1, None)
        for _ in range(120):
            assert await g.op(11) is None
        await g.send(1, None)
        assert await g.closed() == 4008


async def test_4009_no_heartbeat_and_the_session_can_still_be_resumed(
    discord: DiscordServer, gateway: Connect
) -> None:
    discord.faults.set({"heartbeat_interval_ms": 1000})
    async with gateway() as g:
        ready = await g.begin(discord.token)
        await g.send(1, None)
        assert await g.op(11) is None
        beat = discord.world.now()
        assert await g.closed() == 4009
        # One and a half intervals after the last heartbeat, not before.
        assert discord.world.now() - beat >= 1.5
    assert discord.looking.counters()["zombies"] == 1
    discord.faults.set({"heartbeat_interval_ms": 10_000})
    async with gateway() as g:
        await g.resume(discord.token, ready["session_id"], 1)
        await g.until("RESUMED")


async def test_4009_nothing_said_at_all(discord: DiscordServer, gateway: Connect) -> None:
    discord.faults.set({"identify_seconds": 0.2})
    async with gateway() as g:
        assert await g.closed() == 4009


@pytest.mark.parametrize("shard", [[1, 1], [-1, 2], [0], "0", [0, 0], [0.5, 2]])
async def test_4010_no_such_shard(discord: DiscordServer, gateway: Connect, shard: Any) -> None:
    async with gateway() as g:
        await g.identify(discord.token, shard=shard)
        assert await g.closed() == 4010


async def test_4011_too_many_guilds_for_one_shard(discord: DiscordServer, gateway: Connect) -> None:
    discord.faults.set({"guilds_per_shard": 1})
    discord.building.add_guild("Second", "Ada", ["general"], ["hello"])
    async with gateway() as g:
        await g.identify(discord.token)
        assert await g.closed() == 4011
    async with gateway() as g:
        await g.begin(discord.token, shard=[0, 2])


@pytest.mark.parametrize("version", ["9", "11", "x"])
async def test_4012_another_version(gateway: Connect, version: str) -> None:
    async with gateway(v=version) as g:
        assert await g.closed() == 4012


@pytest.mark.parametrize("intents", [None, -1, "1", True, 1 << 40, 1 << 18])
async def test_4013_no_such_intents(discord: DiscordServer, gateway: Connect, intents: Any) -> None:
    async with gateway() as g:
        await g.identify(discord.token, intents=intents)
        assert await g.closed() == 4013


async def test_4014_an_intent_that_was_not_granted(discord: DiscordServer, gateway: Connect) -> None:
    discord.building.grant(int(Intent.MESSAGE_CONTENT))
    async with gateway() as g:
        await g.identify(discord.token, intents=Intent.GUILD_PRESENCES)
        assert await g.closed() == 4014
    async with gateway() as g:
        await g.begin(discord.token, intents=Intent.MESSAGE_CONTENT)


async def test_identifying_too_fast_is_told_to_wait(
    discord: DiscordServer, gateway: Connect, discord_clock: ShiftedClock
) -> None:
    discord.faults.set({"max_concurrency": 2})
    async with gateway() as first, gateway() as other_bucket, gateway() as same_bucket:
        await first.begin(discord.token, shard=[0, 4])
        await other_bucket.begin(discord.token, shard=[1, 4])
        await same_bucket.identify(discord.token, shard=[2, 4])
        assert await same_bucket.op(9) is False
        discord_clock.advance(5)
        await same_bucket.begin(discord.token, shard=[2, 4])


async def test_the_budget_of_session_starts_is_shown_and_at_its_end_the_token_is_reset(
    discord: DiscordServer, gateway: Connect, rest: Rest, discord_clock: ShiftedClock
) -> None:
    discord.faults.set({"identifies": 2, "identify_spacing": 0})
    old = discord.token
    async with gateway() as one, gateway() as two, gateway() as three:
        await one.begin(old)
        shown = (await rest("GET", "/gateway/bot")).body["session_start_limit"]
        assert (shown["total"], shown["remaining"], shown["max_concurrency"]) == (2, 1, 1)
        assert 0 < shown["reset_after"] <= 86_400_000
        await two.begin(old)
        await three.identify(old)
        assert [await g.closed() for g in (three, one, two)] == [4004] * 3
    assert discord.token != old
    assert discord.record.entries(kind="mail")[0]["text"] == "too many session starts"
    rest.token = discord.token
    discord_clock.advance(86_401)
    assert (await rest("GET", "/gateway/bot")).body["session_start_limit"]["remaining"] == 2


async def test_identifies_can_be_told_to_be_refused(discord: DiscordServer, gateway: Connect) -> None:
    discord.faults.refuse_identifies(1)
    async with gateway() as g:
        await g.identify(discord.token)
        assert await g.op(9) is False
        await g.begin(discord.token)


async def test_after_a_reset_sessions_die(discord: DiscordServer, gateway: Connect, rest: Rest) -> None:
    old = discord.token
    async with gateway() as g:
        ready = await g.begin(old)
        new = discord.faults.reset_token()["token"]
        assert await g.closed() == 4004
    assert (await rest("GET", "/users/@me")).status == 401
    rest.token = new
    assert (await rest("GET", "/users/@me")).status == 200
    for token, expected in ((old, 4004), (new, None)):
        async with gateway() as g:
            await g.resume(token, ready["session_id"], 1)
            if expected:
                assert await g.closed() == expected
            else:
                assert await g.op(9) is False


async def test_or_sessions_linger_with_the_old_token(
    discord: DiscordServer, gateway: Connect, rest: Rest
) -> None:
    old = discord.token
    async with gateway() as g:
        ready = await g.begin(old)
        discord.faults.reset_token(linger=True)
        discord.people.post("general", "Ada", "still heard")
        assert (await g.until("MESSAGE_CREATE"))["content"] == "still heard"
        assert (await rest("GET", "/users/@me")).status == 401
        discord.faults.cut()
        await g.closed()
        seq = g.seq
    async with gateway() as g:
        await g.resume(old, ready["session_id"], seq)
        await g.until("RESUMED")
        discord.faults.end_lingering()
        assert await g.closed() == 4004
    async with gateway() as g:
        await g.identify(old)
        assert await g.closed() == 4004
