"""What becomes of what a bot sends: once with an enforced nonce, with its files, or its answer lost."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

if TYPE_CHECKING:
    from discord_client import Rest
    from discord_standin import ShiftedClock

    from botpod_local.discord import DiscordServer


@pytest.fixture
def general(discord: DiscordServer) -> str:
    return next(f"/channels/{c.id}" for c in discord.world.channels.values() if c.name == "general")


async def test_an_enforced_nonce_sends_once(
    discord: DiscordServer, rest: Rest, general: str, discord_clock: ShiftedClock
) -> None:
    body = {"content": "once", "nonce": "answer-1", "enforce_nonce": True}
    first = await rest("POST", f"{general}/messages", body)
    again = await rest("POST", f"{general}/messages", body | {"content": "twice"})
    assert (again.status, again.body) == (200, first.body)
    assert first.body["nonce"] == "answer-1"
    assert len(discord.looking.messages("general")) == 1
    # Not enforced, another nonce, or some minutes later: another message.
    await rest("POST", f"{general}/messages", body | {"enforce_nonce": False})
    await rest("POST", f"{general}/messages", body | {"nonce": "answer-2"})
    discord_clock.advance(301)
    await rest("POST", f"{general}/messages", body)
    assert len(discord.looking.messages("general")) == 4


async def test_a_lost_answer_has_sent_all_the_same(discord: DiscordServer, rest: Rest, general: str) -> None:
    discord.faults.fail(0, done=True, method="POST", path="/channels/*/messages")
    body = {"content": "once", "nonce": "n", "enforce_nonce": True}
    with pytest.raises(aiohttp.ClientConnectionError):
        await rest("POST", f"{general}/messages", body)
    assert (await rest("POST", f"{general}/messages", body)).status == 200
    assert len(discord.looking.messages("general")) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 403, 404])
async def test_requests_fail_as_told_and_then_no_more(
    discord: DiscordServer, rest: Rest, general: str, status: int
) -> None:
    discord.faults.fail(status, 2, method="GET", path="/channels/*")
    assert (await rest("GET", "/users/@me")).status == 200
    assert [(await rest("GET", general)).status for _ in range(3)] == [status, status, 200]
    assert discord.looking.counters()["injected"] == 2


async def test_a_failed_request_has_done_nothing(discord: DiscordServer, rest: Rest, general: str) -> None:
    discord.faults.fail(500)
    assert (await rest("POST", f"{general}/messages", {"content": "x"})).status == 500
    assert discord.looking.messages("general") == []
    discord.faults.fail(500, 100)
    discord.faults.heal()
    assert (await rest("POST", f"{general}/messages", {"content": "x"})).status == 200


async def test_a_client_that_dies_while_it_sends_has_asked_nothing(
    discord: DiscordServer, rest: Rest, general: str
) -> None:
    host, port = discord.api_addresses[0]
    _, writer = await asyncio.open_connection(host, port)
    head = f"POST /api/v10{general}/messages HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bot {rest.token}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
    await writer.drain()
    # The answer to another request tells that the first has been begun.
    await rest("GET", "/users/@me")
    writer.transport.abort()
    await rest("GET", "/users/@me")
    assert [entry["route"] for entry in discord.record.entries(kind="request")] == ["/users/@me"] * 2
    assert discord.record.counters["internal_errors"] == 0


async def test_latency_delays_each_way(discord: DiscordServer, rest: Rest) -> None:
    discord.faults.latency(0.1)
    before = discord.world.now()
    await rest("GET", "/users/@me")
    assert discord.world.now() - before >= 0.2


async def test_files_come_back_as_they_went(
    discord: DiscordServer, rest: Rest, general: str, discord_http: aiohttp.ClientSession
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps({"attachments": [{"id": 0, "description": "Ada's notes"}]}))
    form.add_field("files[0]", b"\x00\xffnotes", filename="my notes.bin", content_type="application/x-notes")
    sent = await rest("POST", f"{general}/messages", data=form)
    (file,) = sent.body["attachments"]
    assert (file["filename"], file["size"], file["description"]) == ("my_notes.bin", 7, "Ada's notes")
    assert file["url"].startswith(rest.base.removesuffix("/api/v10") + "/attachments/")
    async with discord_http.get(file["url"]) as response:
        assert (await response.read(), response.content_type) == (b"\x00\xffnotes", "application/x-notes")
    shown = discord.looking.messages("general")[0]["attachments"][0]["url"]
    assert discord.file_url(shown) == file["url"]
    # The page has it under its own address, for it may ask nobody else.
    asked = discord_http.post(discord.page_url + "/control/messages", json={"channel": "general"})
    async with asked as response:
        there = (await response.json())[0]["attachments"][0]["url"]
    assert there.startswith(discord.page_url)
    async with discord_http.get(there) as response:
        assert response.status == 200
    await rest("DELETE", f"{general}/messages/{sent.body['id']}")
    async with discord_http.get(file["url"]) as response:
        assert response.status == 404


async def test_mentions_are_found_within_what_is_allowed(
    discord: DiscordServer, rest: Rest, general: str
) -> None:
    ada, linus = (
        next(u.id for u in discord.world.users.values() if u.username == n) for n in ("ada", "linus")
    )
    content = f"<@{ada}> <@!{linus}> <@{ada}> @everyone"
    free = await rest("POST", f"{general}/messages", {"content": content})
    assert [m["id"] for m in free.body["mentions"]] == [str(ada), str(linus)]
    assert free.body["mention_everyone"] is True
    body = {"content": content, "allowed_mentions": {"users": [str(linus)]}}
    bound = await rest("POST", f"{general}/messages", body)
    assert [m["id"] for m in bound.body["mentions"]] == [str(linus)]
    assert bound.body["mention_everyone"] is False
    none = await rest("POST", f"{general}/messages", {"content": content, "allowed_mentions": {"parse": []}})
    assert none.body["mentions"] == []


async def test_the_history_is_read_in_pages(discord: DiscordServer, rest: Rest, general: str) -> None:
    ids = [discord.people.post("general", "Ada", str(n))["id"] for n in range(10)]

    async def page(query: str) -> list[int]:
        return [ids.index(m["id"]) for m in (await rest("GET", f"{general}/messages?{query}")).body]

    assert await page("limit=3") == [9, 8, 7]
    assert await page(f"limit=3&before={ids[5]}") == [4, 3, 2]
    assert await page(f"limit=3&after={ids[5]}") == [8, 7, 6]
    assert await page(f"limit=3&around={ids[5]}") == [6, 5, 4]


async def test_the_gateway_is_where_the_client_asked(discord: DiscordServer, rest: Rest) -> None:
    port = discord.api_addresses[0][1]
    assert (await rest("GET", "/gateway")).body == {"url": f"ws://127.0.0.1:{port}"}
    rest.base = rest.base.replace("127.0.0.1", "localhost")
    assert (await rest("GET", "/gateway/bot")).body["url"] == f"ws://localhost:{port}"
