"""The gateway as a client meets it: sessions, events, resuming."""

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


@pytest.mark.parametrize("compress", [None, "zlib-stream"])
async def test_a_session_begins_with_ready_and_its_guilds(
    discord: DiscordServer, gateway: Connect, compress: str | None
) -> None:
    async with gateway(compress=compress) as g:
        assert g.hello["d"]["heartbeat_interval"] == 41_250
        ready = await g.begin(discord.token)
        assert (ready["v"], ready["shard"], ready["user"]["username"]) == (10, [0, 1], "hello")
        assert ready["application"]["id"] == str(discord.application.id)
        assert [x["unavailable"] for x in ready["guilds"]] == [True]
        assert ready["resume_gateway_url"].startswith("ws://127.0.0.1:")
        guild = await g.until("GUILD_CREATE")
        assert guild["id"] == ready["guilds"][0]["id"]
        assert {c["name"] for c in guild["channels"]} == {"general", "random"}
        # Without the presences intent a bot learns of itself alone.
        assert [m["user"]["username"] for m in guild["members"]] == ["hello"]
        assert guild["member_count"] == 5
        assert (g.binary > 0) == (compress is not None)


async def test_large_payloads_are_compressed_when_identify_asks_for_it(
    discord: DiscordServer, gateway: Connect
) -> None:
    async with gateway() as g:
        await g.begin(discord.token, compress=True)
        await g.until("GUILD_CREATE")
        assert g.binary > 0


async def test_heartbeats_are_acknowledged_and_asked_for(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        await g.send(1, None)
        assert await g.op(11) is None
        assert discord.faults.request_heartbeat() == 1
        assert (await g.receive())["op"] == 1


async def test_a_message_reaches_the_bot_with_its_author_as_member(
    discord: DiscordServer, gateway: Connect
) -> None:
    async with gateway() as g:
        await g.begin(discord.token)
        posted = discord.people.post("general", "Ada", "hello")
        heard = await g.until("MESSAGE_CREATE")
        assert (heard["id"], heard["content"]) == (posted["id"], "hello")
        assert heard["guild_id"] == str(next(iter(discord.world.guilds)))
        assert "user" not in heard["member"]


async def test_without_the_content_intent_only_what_concerns_the_bot_is_readable(
    discord: DiscordServer, gateway: Connect, rest: Rest
) -> None:
    me = discord.application.id
    discord.application.privileged = 0
    async with gateway() as g:
        await g.begin(discord.token, intents=Intent.GUILD_MESSAGES | Intent.DIRECT_MESSAGES)
        discord.people.post("general", "Ada", "secret")
        assert (await g.until("MESSAGE_CREATE"))["content"] == ""
        discord.people.post("general", "Ada", f"<@{me}> not secret")
        assert (await g.until("MESSAGE_CREATE"))["content"] == f"<@{me}> not secret"
        discord.people.post("@hello", "Ada", "between us")
        assert (await g.until("MESSAGE_CREATE"))["content"] == "between us"
    channel = next(c for c in discord.world.channels.values() if c.name == "general")
    read = await rest("GET", f"/channels/{channel.id}/messages")
    assert [m["content"] for m in read.body] == [f"<@{me}> not secret", ""]


async def test_events_come_only_with_their_intent(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        await g.begin(discord.token, intents=Intent.GUILD_MESSAGE_REACTIONS)
        message = discord.people.post("general", "Ada", "unheard")
        discord.people.type("general", "Ada")
        discord.people.react("general", message["id"], "Linus", "👍")
        heard = await g.receive()
        assert heard["t"] == "MESSAGE_REACTION_ADD"
        assert heard["d"]["emoji"] == {"id": None, "name": "👍"}


async def test_guilds_are_spread_over_shards_and_direct_messages_go_to_the_first(
    discord: DiscordServer, gateway: Connect
) -> None:
    discord.faults.set({"max_concurrency": 2})
    discord.building.add_guild("Second", "Ada", ["general"], ["hello"])
    async with gateway() as first, gateway() as second:
        ready = [await g.begin(discord.token, shard=[n, 2]) for n, g in enumerate((first, second))]
        guilds = list(discord.world.guilds)
        assert [[int(x["id"]) for x in r["guilds"]] for r in ready] == [[guilds[0]], [guilds[1]]]
        discord.people.post("Second/general", "Ada", "to the second")
        discord.people.post("@hello", "Ada", "to the first")
        assert (await second.until("MESSAGE_CREATE"))["content"] == "to the second"
        assert (await first.until("MESSAGE_CREATE"))["content"] == "to the first"


async def test_two_sessions_of_one_shard_hear_the_same(
    discord: DiscordServer, gateway: Connect, discord_clock: ShiftedClock
) -> None:
    async with gateway() as one, gateway() as other:
        await one.begin(discord.token)
        discord_clock.advance(5)
        await other.begin(discord.token)
        discord.people.post("general", "Ada", "to both")
        assert [(await g.until("MESSAGE_CREATE"))["content"] for g in (one, other)] == ["to both"] * 2


async def test_a_cut_session_resumes_and_gets_what_it_missed_in_order(
    discord: DiscordServer, gateway: Connect
) -> None:
    async with gateway() as g:
        ready = await g.begin(discord.token)
        await g.until("GUILD_CREATE")
        assert discord.faults.cut() == 1
        assert await g.closed() == 1006
        seq = g.seq
    for number in range(3):
        discord.people.post("general", "Ada", f"missed {number}")
    async with gateway(ready["resume_gateway_url"]) as g:
        await g.resume(discord.token, ready["session_id"], seq)
        missed = [await g.until("MESSAGE_CREATE") for _ in range(3)]
        assert [m["content"] for m in missed] == ["missed 0", "missed 1", "missed 2"]
        assert (await g.receive())["t"] == "RESUMED"
        discord.people.post("general", "Ada", "live again")
        assert (await g.until("MESSAGE_CREATE"))["content"] == "live again"
        assert g.seq == seq + 5
    assert discord.looking.counters()["identifies"] == 1


async def test_what_was_received_but_not_acknowledged_is_replayed_again(
    discord: DiscordServer, gateway: Connect
) -> None:
    async with gateway() as g:
        ready = await g.begin(discord.token)
        await g.until("GUILD_CREATE")
        handled = g.seq
        discord.people.post("general", "Ada", "received, then crashed")
        await g.until("MESSAGE_CREATE")
        await g.ws.close(code=4000)
    async with gateway() as g:
        await g.resume(discord.token, ready["session_id"], handled)
        assert (await g.until("MESSAGE_CREATE"))["content"] == "received, then crashed"


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_normal_close_gives_the_session_up(
    discord: DiscordServer, gateway: Connect, code: int
) -> None:
    async with gateway() as g:
        ready = await g.begin(discord.token)
        await g.ws.close(code=code)
    async with gateway() as g:
        await g.resume(discord.token, ready["session_id"], 1)
        assert await g.op(9) is False


async def test_a_session_can_be_resumed_for_a_while_only(
    discord: DiscordServer, gateway: Connect, discord_clock: ShiftedClock
) -> None:
    async with gateway() as g:
        ready = await g.begin(discord.token)
        discord.faults.close(4000)
        assert await g.closed() == 4000
    await discord.record.wait_for(lambda e: e["kind"] == "close", after=0)
    discord_clock.advance(discord.settings.resume_seconds + 1)
    async with gateway() as g:
        await g.resume(discord.token, ready["session_id"], 1)
        assert await g.op(9) is False


async def test_a_session_that_missed_too_much_cannot_be_resumed(
    discord: DiscordServer, gateway: Connect
) -> None:
    discord.faults.set({"replay_events": 3})
    async with gateway() as g:
        ready = await g.begin(discord.token)
        await g.until("GUILD_CREATE")
        seq = g.seq
        discord.faults.cut()
        await g.closed()
    for number in range(4):
        discord.people.post("general", "Ada", str(number))
    async with gateway() as g:
        await g.resume(discord.token, ready["session_id"], seq)
        assert await g.op(9) is False
        # The connection goes on: a new session may begin on it.
        discord.faults.set({"identify_spacing": 0})
        assert (await g.begin(discord.token))["session_id"] != ready["session_id"]


async def test_the_newer_connection_of_a_session_wins(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as old, gateway() as new:
        ready = await old.begin(discord.token)
        await new.resume(discord.token, ready["session_id"], 1)
        await new.until("RESUMED")
        assert await old.closed() == 4000
        discord.people.post("general", "Ada", "to the newer")
        assert (await new.until("MESSAGE_CREATE"))["content"] == "to the newer"


async def test_op_7_and_op_9_say_what_they_say(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        ready = await g.begin(discord.token)
        assert discord.faults.reconnect() == 1
        assert await g.op(7) is None
        discord.faults.invalidate(resumable=True)
        assert await g.op(9) is True
    async with gateway() as g:
        await g.resume(discord.token, ready["session_id"], g.seq + 1)
        assert await g.op(9) is False  # closing with 1000 has ended it


async def test_op_9_false_ends_the_session(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        await g.begin(discord.token)
        discord.faults.invalidate(resumable=False)
        assert await g.op(9) is False
        assert discord.looking.sessions() == []


async def test_members_are_sent_in_chunks(discord: DiscordServer, gateway: Connect) -> None:
    guild = next(iter(discord.world.guilds))
    async with gateway() as g:
        await g.begin(discord.token)
        await g.send(8, {"guild_id": str(guild), "query": "li", "limit": 5, "nonce": "n"})
        chunk = await g.until("GUILD_MEMBERS_CHUNK")
        assert [m["user"]["username"] for m in chunk["members"]] == ["linus"]
        assert (chunk["chunk_index"], chunk["chunk_count"], chunk["nonce"]) == (0, 1, "n")
        await g.send(8, {"guild_id": str(guild), "user_ids": ["1"], "limit": 0})
        assert (await g.until("GUILD_MEMBERS_CHUNK"))["not_found"] == ["1"]
        # Accepted without an answer.
        await g.send(3, {"since": None, "activities": [], "status": "online", "afk": False})
        await g.send(4, {"guild_id": str(guild), "channel_id": None, "self_mute": False, "self_deaf": False})
        await g.send(1, 1)
        assert await g.op(11) is None


async def test_a_bot_that_joins_and_leaves_a_guild_is_told(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        await g.begin(discord.token)
        await g.until("GUILD_CREATE")
        made = discord.building.add_guild("Second", "Ada", ["general"], ["hello"])
        joined = await g.until("GUILD_CREATE")
        assert (joined["id"], joined["name"]) == (made["id"], "Second")
        discord.building.remove_member("hello", "Second")
        assert await g.until("GUILD_DELETE") == {"id": made["id"]}
        discord.people.post("Second/general", "Ada", "unheard")
        discord.people.post("general", "Ada", "heard")
        assert (await g.until("MESSAGE_CREATE"))["content"] == "heard"


async def test_a_channel_that_the_bot_cannot_see_is_silent(discord: DiscordServer, gateway: Connect) -> None:
    hidden: dict[str, Any] = discord.building.add_channel("hidden")
    discord.building.overwrite(hidden["id"], "hello", deny=1 << 10)
    async with gateway() as g:
        await g.begin(discord.token)
        guild = await g.until("GUILD_CREATE")
        assert "hidden" not in {c["name"] for c in guild["channels"]}
        discord.people.post("hidden", "Ada", "unheard")
        discord.people.post("general", "Ada", "heard")
        assert (await g.until("MESSAGE_CREATE"))["content"] == "heard"


async def test_latency_delays_events_and_keeps_their_order(discord: DiscordServer, gateway: Connect) -> None:
    async with gateway() as g:
        await g.begin(discord.token)
        discord.faults.latency(0.1)
        before = discord.world.now()
        for number in range(20):
            discord.people.post("general", "Ada", str(number))
        heard = [(await g.until("MESSAGE_CREATE"))["content"] for _ in range(20)]
        assert heard == [str(n) for n in range(20)]
        # Each is delayed, not one after the other.
        assert 0.1 <= discord.world.now() - before < 1.9
