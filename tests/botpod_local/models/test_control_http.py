from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod_local.models import ModelsServer

BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


@pytest_asyncio.fixture
async def session(models: ModelsServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"{models.control_url}/") as made:
        yield made


async def ask(models: ModelsServer, key: str = "sk-0123456789") -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{models.openai_url}/chat/completions", json=BODY) as answer,
    ):
        return answer.status, await answer.json()


async def test_rules_come_and_go(session: aiohttp.ClientSession, models: ModelsServer) -> None:
    async with session.post("rules", json={"match": "hello", "reply": "hi", "vendor": "openai"}) as answer:
        assert answer.status == 201
    assert (await ask(models))[1]["choices"][0]["message"]["content"] == "hi"
    call = {"match": "hello", "reply": {"tool_calls": [{"name": "weather", "arguments": {"city": "Oslo"}}]}}
    await session.post("rules", json=call)
    assert (await ask(models))[1]["choices"][0]["finish_reason"] == "tool_calls"
    await session.delete("rules")
    assert "stand-in" in (await ask(models))[1]["choices"][0]["message"]["content"]


async def test_troubles_come_and_go(session: aiohttp.ClientSession, models: ModelsServer) -> None:
    await session.post("trouble", json={"status": 500, "times": None})
    assert (await ask(models))[0] == 500
    await session.delete("trouble")
    assert (await ask(models))[0] == 200


async def test_keys_and_models_are_set(session: aiohttp.ClientSession, models: ModelsServer) -> None:
    await session.put("keys/openai", json={"keys": ["sk-new"]})
    assert [(await ask(models, key))[0] for key in ("sk-old", "sk-new")] == [401, 200]
    await session.put("models/openai", json={"models": ["another"]})
    assert (await ask(models, "sk-new"))[0] == 404
    await session.put("keys/openai", json={"any": True})
    assert (await ask(models, "sk-old"))[0] == 404


async def test_requests_are_listed_without_keys(session: aiohttp.ClientSession, models: ModelsServer) -> None:
    await ask(models)
    async with session.get("requests") as answer:
        text, (request,) = await answer.text(), await answer.json()
    assert (request["text"], request["key"], request["status"]) == ("hello", "…6789", 200)
    assert "sk-0123456789" not in text
    await session.delete("requests")
    async with session.get("") as answer:
        assert (await answer.json())["requests"] == 0


async def test_what_is_not_understood_is_said_in_a_sentence(session: aiohttp.ClientSession) -> None:
    for path, body, said in (
        ("trouble", {"statuz": 500}, "unknown field 'statuz'"),
        ("rules", {"match": "(", "reply": "x"}, "not understood"),
        ("rules", {"match": "x"}, "reply"),
        ("trouble", [], "JSON object"),
    ):
        async with session.post(path, json=body) as answer:
            assert answer.status == 400
            assert said in (await answer.json())["error"]
    async with session.put("keys/nobody", json={"any": True}) as answer:
        assert "nobody" in (await answer.json())["error"]
