"""Interactions by HTTP: an application's endpoint, tried before it is taken, and posted to from then on."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from botpod_local.listening import listen, url_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from discord_client import Gateway, Rest
    from discord_standin import DiscordChecker

    from botpod_local.discord import DiscordServer

COMMAND = {"name": "ask", "description": "Ask"}


class Endpoint:
    """A bot's own: verifies as Discord's documentation shows, and answers what the test says."""

    def __init__(self, key: str) -> None:
        self.key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        self.url = ""
        self.seen: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Awaitable[web.Response]] = self.accept
        self.careless = False

    async def accept(self, _: dict[str, Any]) -> web.Response:
        return web.Response(status=202)

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        signed = request.headers["X-Signature-Timestamp"].encode() + body
        try:
            self.key.verify(bytes.fromhex(request.headers["X-Signature-Ed25519"]), signed)
        except InvalidSignature:
            if not self.careless:
                return web.Response(status=401)
        data = json.loads(body)
        if data["type"] == 1:
            return web.json_response({"type": 1})
        self.seen.append(data)
        return await self.answer(data)


@pytest_asyncio.fixture
async def endpoint(discord: DiscordServer) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(discord.application.public_key)
    app = web.Application()
    app.router.add_post("/interactions", endpoint.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    (address,) = await listen(runner, (("127.0.0.1", 0),))
    endpoint.url = f"{url_of(address)}/interactions"
    yield endpoint
    await runner.cleanup()


async def point(rest: Rest, url: str | None) -> Any:
    return await rest("PATCH", "/applications/@me", {"interactions_endpoint_url": url})


async def commanded(rest: Rest, discord: DiscordServer, endpoint: Endpoint) -> None:
    await rest("POST", f"/applications/{discord.application.id}/commands", COMMAND)
    assert (await point(rest, endpoint.url)).status == 200


async def posted(discord: DiscordServer, interaction: dict[str, Any]) -> dict[str, Any]:
    return await discord.record.wait_for(
        lambda entry: entry["kind"] == "post" and entry["interaction_id"] == interaction["id"], after=0
    )


async def test_an_endpoint_is_tried_before_it_is_taken(
    discord: DiscordServer, rest: Rest, endpoint: Endpoint
) -> None:
    changed = await point(rest, endpoint.url)

    assert changed.status == 200
    assert changed.body["interactions_endpoint_url"] == endpoint.url
    assert (await rest("GET", "/applications/@me")).body["verify_key"] == discord.application.public_key


async def test_one_that_takes_forgeries_is_refused(
    rest: Rest, endpoint: Endpoint, discord_checker: DiscordChecker
) -> None:
    endpoint.careless = True

    with discord_checker.forgiving():
        refused = await point(rest, endpoint.url)

    assert refused.status == 400
    (error,) = refused.body["errors"]["interactions_endpoint_url"]["_errors"]
    assert error["message"] == "The specified interactions endpoint url could not be verified."
    assert (await rest("GET", "/applications/@me")).body["interactions_endpoint_url"] is None


async def test_one_that_nobody_serves_is_refused(rest: Rest, discord_checker: DiscordChecker) -> None:
    with discord_checker.forgiving():
        assert (await point(rest, "http://127.0.0.1:9/interactions")).status == 400
        assert (await point(rest, "no address")).status == 400


async def test_interactions_go_there_and_to_no_session(
    discord: DiscordServer, rest: Rest, endpoint: Endpoint, gateway: Callable[..., Gateway]
) -> None:
    await commanded(rest, discord, endpoint)
    async with gateway() as session:
        await session.identify(discord.token)
        begun = discord.interacting.command("general", "ada", "ask")
        entry = await posted(discord, begun)
        assert entry["outcome"] == "accepted"

    (data,) = endpoint.seen
    assert data["id"] == begun["id"]
    assert data["data"]["name"] == "ask"
    assert not [e for e in discord.record.entries(kind="dispatch") if e["t"] == "INTERACTION_CREATE"]
    answered = await rest(
        "POST",
        f"/interactions/{data['id']}/{data['token']}/callback",
        {"type": 4, "data": {"content": "by callback"}},
    )
    assert answered.status == 204
    assert discord.looking.messages("general")[-1]["content"] == "by callback"

    assert (await point(rest, None)).status == 200
    discord.interacting.command("general", "ada", "ask")
    assert len(endpoint.seen) == 1


async def test_the_answer_may_come_in_the_response(
    discord: DiscordServer, rest: Rest, endpoint: Endpoint
) -> None:
    async def answer(_: dict[str, Any]) -> web.Response:
        return web.json_response({"type": 4, "data": {"content": "at once"}})

    endpoint.answer = answer
    await commanded(rest, discord, endpoint)

    entry = await posted(discord, discord.interacting.command("general", "ada", "ask"))

    assert entry["outcome"] == "answered"
    assert discord.looking.messages("general")[-1]["content"] == "at once"


@pytest.mark.parametrize("status", [200, 204, 401, 500])
async def test_any_other_answer_is_a_failure(
    discord: DiscordServer, rest: Rest, endpoint: Endpoint, status: int
) -> None:
    async def answer(_: dict[str, Any]) -> web.Response:
        return web.Response(status=status)

    endpoint.answer = answer
    await commanded(rest, discord, endpoint)

    begun = discord.interacting.command("general", "ada", "ask")
    entry = await posted(discord, begun)

    assert entry["status"] == status
    assert entry["outcome"] == ("invalid" if status == 200 else "refused")
    failures = [e for e in discord.record.entries(kind="interaction") if e["event"] == "INTERACTION_FAILURE"]
    assert [failure["id"] for failure in failures] == [begun["id"]]


async def test_three_seconds_are_all_it_gets(discord: DiscordServer, rest: Rest, endpoint: Endpoint) -> None:
    given_up, answered = asyncio.Event(), asyncio.Event()

    async def answer(_: dict[str, Any]) -> web.Response:
        await given_up.wait()
        answered.set()
        return web.Response(status=202)

    endpoint.answer = answer
    await commanded(rest, discord, endpoint)

    entry = await posted(discord, discord.interacting.command("general", "ada", "ask"))

    assert entry["outcome"] == "late"
    assert 2.9 < entry["seconds"] < 4
    given_up.set()
    await asyncio.wait_for(answered.wait(), 10)
