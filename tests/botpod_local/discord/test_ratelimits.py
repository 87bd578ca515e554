"""Rate limits as a client meets them: by bucket and top-level resource, globally, and the edge's ban."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from discord_client import Answer, Rest
    from discord_standin import DiscordChecker, ShiftedClock

    from botpod_local.discord import DiscordServer


def channels(discord: DiscordServer) -> list[str]:
    return [f"/channels/{c.id}" for c in discord.world.channels.values()]


async def send(rest: Rest, channel: str, count: int) -> list[Answer]:
    return [await rest("POST", f"{channel}/messages", {"content": str(n)}) for n in range(count)]


async def test_five_messages_in_five_seconds_and_channel(
    discord: DiscordServer, rest: Rest, discord_clock: ShiftedClock
) -> None:
    discord_clock.stop()
    one, other = channels(discord)
    answers = await send(rest, one, 6)
    assert [a.status for a in answers] == [200] * 5 + [429]
    assert [a.headers["X-RateLimit-Remaining"] for a in answers] == ["4", "3", "2", "1", "0", "0"]
    assert {a.headers["X-RateLimit-Limit"] for a in answers} == {"5"}
    limited = answers[-1]
    assert limited.body["message"] == "You are being rate limited."
    assert limited.body["global"] is False
    assert limited.body["retry_after"] == 5
    assert limited.headers["X-RateLimit-Scope"] == "user"
    assert limited.headers["Retry-After"] == "5"
    assert limited.headers["Via"]
    # Another channel has a count of its own, in a bucket of the same name.
    elsewhere = (await send(rest, other, 1))[0]
    assert (elsewhere.status, elsewhere.headers["X-RateLimit-Remaining"]) == (200, "4")
    assert elsewhere.headers["X-RateLimit-Bucket"] == limited.headers["X-RateLimit-Bucket"]
    discord_clock.advance(limited.body["retry_after"] + 0.001)
    assert (await send(rest, one, 1))[0].status == 200
    assert discord.looking.counters()["429_user"] == 1


async def test_other_routes_have_other_buckets(
    discord: DiscordServer, rest: Rest, discord_clock: ShiftedClock
) -> None:
    discord_clock.stop()
    channel = channels(discord)[0]
    sent = (await send(rest, channel, 5))[-1]
    typing = await rest("POST", f"{channel}/typing")
    assert typing.status == 204
    assert typing.headers["X-RateLimit-Bucket"] != sent.headers["X-RateLimit-Bucket"]
    edited = await rest("PATCH", f"{channel}/messages/{sent.body['id']}", {"content": "x"})
    assert edited.headers["X-RateLimit-Remaining"] == "4"


async def test_fifty_a_second_in_all_but_for_interactions(
    discord: DiscordServer, rest: Rest, discord_checker: DiscordChecker, discord_clock: ShiftedClock
) -> None:
    discord_clock.stop()
    for bucket in ("users", "gateway.public", "interactions.callback"):
        discord.faults.rate_limit(bucket, 1000, 5.0)
    discord.faults.set({"global_limit": 10})
    answers = await asyncio.gather(*(rest("GET", "/users/@me") for _ in range(12)))
    limited = [a for a in answers if a.status == 429]
    assert len(limited) == 2
    assert limited[0].body["global"] is True
    assert limited[0].headers["X-RateLimit-Scope"] == "global"
    assert limited[0].headers["X-RateLimit-Global"] == "true"
    with discord_checker.forgiving():
        answer = await rest("POST", "/interactions/1/x/callback", {"type": 5})
    assert answer.status == 404


async def test_limits_can_be_changed_and_switched_off(
    discord: DiscordServer, rest: Rest, discord_clock: ShiftedClock
) -> None:
    discord_clock.stop()
    channel = channels(discord)[0]
    discord.faults.rate_limit("messages.create", 2, 1.0)
    assert [a.status for a in await send(rest, channel, 3)] == [200, 200, 429]
    discord.faults.set({"rate_limits": False})
    assert [a.status for a in await send(rest, channel, 7)] == [200] * 7


async def test_too_many_invalid_requests_and_the_edge_bans(
    discord: DiscordServer, rest: Rest, discord_clock: ShiftedClock
) -> None:
    discord.faults.set({"invalid_requests": 3})
    rest.token = "wrong"
    assert [(await rest("GET", "/users/@me")).status for _ in range(4)] == [401, 401, 401, 429]
    rest.token = discord.token
    banned = await rest("GET", "/users/@me")
    # The edge answers by itself: no JSON, no Via.
    assert (banned.status, banned.body) == (429, b"error code: 1015")
    assert "Via" not in banned.headers
    discord_clock.advance(3601)
    assert (await rest("GET", "/users/@me")).status == 200
    assert discord.looking.counters()["invalid_requests"] == 3


@pytest.mark.parametrize("scope", ["user", "global", "shared"])
async def test_requests_can_be_told_to_be_limited(discord: DiscordServer, rest: Rest, scope: str) -> None:
    discord.faults.fail(429, retry_after=0.5, scope=scope)
    limited = await rest("GET", "/users/@me")
    assert (limited.status, limited.body["retry_after"]) == (429, 0.5)
    assert limited.headers["X-RateLimit-Scope"] == scope
    assert (await rest("GET", "/users/@me")).status == 200
    assert discord.looking.counters().get("invalid_requests", 0) == (scope != "shared")
