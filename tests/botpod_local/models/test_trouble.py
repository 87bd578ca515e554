"""What a client sees of each trouble, over a real connection."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from botpod_local.models import Reply, Trouble, Vendor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod_local.models import ModelsServer

BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


@pytest_asyncio.fixture
async def session(models: ModelsServer) -> AsyncIterator[aiohttp.ClientSession]:
    models.control.on("hello", "one two three")
    headers = {"authorization": "Bearer sk-right"}
    timeout = aiohttp.ClientTimeout(total=10)
    base = f"{models.openai_url}/"
    async with aiohttp.ClientSession(base, headers=headers, timeout=timeout) as made:
        yield made


async def ask(session: aiohttp.ClientSession) -> tuple[int, Any]:
    async with session.post("chat/completions", json=BODY) as answer:
        return answer.status, await answer.json()


async def read_stream(session: aiohttp.ClientSession) -> list[str]:
    """The texts of a stream, and whatever else came in it as JSON; raises what the connection raises."""
    found = []
    async with session.post("chat/completions", json={**BODY, "stream": True}) as answer:
        async for line in answer.content:
            data = line.decode().strip().removeprefix("data: ")
            if data and data != "[DONE]":
                event = json.loads(data)
                choices = event.get("choices")
                found.append(choices[0]["delta"].get("content", "") if choices else data)
    return [text for text in found if text]


async def test_a_failure_lasts_as_often_as_told(session: aiohttp.ClientSession, models: ModelsServer) -> None:
    models.control.fail(503, times=2)
    assert [(await ask(session))[0] for _ in range(3)] == [503, 503, 200]


async def test_a_trouble_meets_only_its_vendor_and_model(
    session: aiohttp.ClientSession, models: ModelsServer
) -> None:
    models.control.fail(500, times=None, vendor=Vendor.ANTHROPIC)
    models.control.trouble(Trouble(status=500, times=None, model="another"))
    assert (await ask(session))[0] == 200
    models.control.trouble(Trouble(status=500, times=None, model="m"))
    assert (await ask(session))[0] == 500
    models.control.heal()
    assert (await ask(session))[0] == 200


async def test_a_cut_stream_ends_in_the_middle(session: aiohttp.ClientSession, models: ModelsServer) -> None:
    models.control.cut(after=2)
    with pytest.raises(aiohttp.ClientError):
        await read_stream(session)
    (exchange,) = await models.control.wait_for()
    assert exchange.cut
    assert [event["choices"][0]["delta"].get("content") for event in exchange.events] == ["", "one", " two"]
    assert await read_stream(session) == ["one", " two", " three"]


async def test_a_cut_answer_never_begins(session: aiohttp.ClientSession, models: ModelsServer) -> None:
    models.control.cut()
    with pytest.raises(aiohttp.ClientError):
        await ask(session)


async def test_a_stalled_stream_goes_on_when_healed(
    session: aiohttp.ClientSession, models: ModelsServer
) -> None:
    models.control.stall(after=1)
    async with session.post("chat/completions", json={**BODY, "stream": True}) as answer:
        async for line in answer.content:
            if b"one" in line:
                break
        waiting = asyncio.ensure_future(answer.content.read())
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        models.control.heal()
        assert b" three" in await waiting


async def test_who_leaves_a_stalled_stream_is_recorded_as_cut(
    session: aiohttp.ClientSession, models: ModelsServer
) -> None:
    models.control.stall(after=1)
    async with session.post("chat/completions", json={**BODY, "stream": True}) as answer:
        await answer.content.readany()
        answer.close()
    (exchange,) = await models.control.wait_for()
    assert exchange.cut


async def test_an_error_inside_a_stream_is_the_vendors_own(
    session: aiohttp.ClientSession, models: ModelsServer
) -> None:
    models.control.trouble(Trouble(error_after=1))
    first, error = await read_stream(session)
    assert first == "one"
    assert json.loads(error)["error"]["type"] == "server_error"


async def test_slowness_comes_before_the_first_piece_and_between_pieces(
    session: aiohttp.ClientSession, models: ModelsServer
) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    models.control.slow(first_token=0.2, between_tokens=0.05, times=1)
    await read_stream(session)
    took = loop.time() - began
    assert took >= 0.3
    models.control.on("hello", Reply(text="one", first_token=0.1))
    await ask(session)
    assert loop.time() - began - took >= 0.1


async def test_rules_may_be_limited_and_the_newest_wins(
    session: aiohttp.ClientSession, models: ModelsServer
) -> None:
    models.control.on("HEL+O", lambda asked: Reply(text=f"{asked.model}!"), times=1)
    answers = [(await ask(session))[1]["choices"][0]["message"]["content"] for _ in range(2)]
    assert answers == ["m!", "one two three"]


async def test_what_is_not_json_is_refused(session: aiohttp.ClientSession) -> None:
    async with session.post("chat/completions", data=b"{") as answer:
        assert answer.status == 400
    async with session.post("chat/completions", data=b"[]") as answer:
        assert "not an object" in (await answer.json())["error"]["message"]


async def test_a_server_that_needs_no_key_takes_none(models: ModelsServer) -> None:
    async with aiohttp.ClientSession(f"{models.openai_url}/") as session:
        assert (await ask(session))[0] == 401
        models.control.accept_any(Vendor.OPENAI, keyless=True)
        assert (await ask(session))[0] == 200


async def test_the_record_shows_no_key(session: aiohttp.ClientSession, models: ModelsServer) -> None:
    await ask(session)
    (exchange,) = models.control.requests
    assert exchange.key == "sk-right"
    assert "sk-right" not in repr(exchange)
    assert "sk-right" not in json.dumps(exchange.to_json())


async def test_waiting_for_a_request_gives_up(models: ModelsServer) -> None:
    with pytest.raises(TimeoutError):
        await models.control.wait_for(seconds=0.01)
