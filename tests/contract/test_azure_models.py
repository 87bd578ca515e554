"""Azure OpenAI's client against the stand-in; the fixture checks each exchange by Azure's description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
import openai
import pytest
import pytest_asyncio
from openapi_descriptions import needs

from botpod_local.models import Reply, ToolCall, Vendor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from models_standin import Checker
    from openai.types.chat import ChatCompletionMessageParam

    from botpod_local.models import ModelsServer

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]


@pytest_asyncio.fixture
async def client(models: ModelsServer) -> AsyncIterator[openai.AsyncAzureOpenAI]:
    async with openai.AsyncAzureOpenAI(
        azure_endpoint=models.azure_url, api_key="right", api_version="2024-10-21", max_retries=0
    ) as made:
        yield made


async def test_a_deployment_answers(client: openai.AsyncAzureOpenAI, models: ModelsServer) -> None:
    answer = await client.chat.completions.create(model="my-deployment", messages=HELLO)
    assert "stand-in" in (answer.choices[0].message.content or "")
    exchange = models.control.requests[0]
    assert exchange.path == "/openai/deployments/my-deployment/chat/completions"
    assert exchange.ask is not None
    assert (exchange.ask.model, exchange.key) == ("my-deployment", "right")


async def test_a_stream_begins_without_a_choice_and_adds_up(
    client: openai.AsyncAzureOpenAI, models: ModelsServer
) -> None:
    models.control.on("hello", "one two three")
    streaming = await client.chat.completions.create(model="d", messages=HELLO, stream=True)
    chunks = [chunk async for chunk in streaming]
    assert chunks[0].choices == []
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "one two three"


async def test_a_scripted_tool_is_called(client: openai.AsyncAzureOpenAI, models: ModelsServer) -> None:
    models.control.on("hello", Reply(tool_calls=(ToolCall("weather", {"city": "Oslo"}),)))
    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    answer = await client.chat.completions.create(model="d", messages=HELLO, tools=[tool])
    call: Any = (answer.choices[0].message.tool_calls or [])[0]
    assert json.loads(call.function.arguments) == {"city": "Oslo"}
    streaming = await client.chat.completions.create(model="d", messages=HELLO, tools=[tool], stream=True)
    finishes = [chunk.choices[0].finish_reason async for chunk in streaming if chunk.choices]
    assert finishes[-1] == "tool_calls"


async def test_embeddings_come_from_a_deployment(client: openai.AsyncAzureOpenAI) -> None:
    answer = await client.embeddings.create(model="vectors", input="some words")
    assert (answer.model, len(answer.data[0].embedding)) == ("vectors", 1536)


async def test_the_newer_address_needs_no_version(models: ModelsServer) -> None:
    async with openai.AsyncOpenAI(base_url=f"{models.azure_url}/openai/v1", api_key="right") as client:
        answer = await client.chat.completions.create(model="d", messages=HELLO)
        response = await client.responses.create(model="d", input="hello")
        names = [model.id async for model in client.models.list()]
    assert "(azure)" in (answer.choices[0].message.content or "")
    assert "(azure)" in response.output_text
    assert names


async def test_a_wrong_key_and_a_missing_version_are_refused(
    client: openai.AsyncAzureOpenAI, models: ModelsServer
) -> None:
    models.control.accept(Vendor.AZURE, "another")
    with pytest.raises(openai.AuthenticationError, match="Access denied"):
        await client.chat.completions.create(model="d", messages=HELLO)
    url = f"{models.azure_url}/openai/deployments/d/chat/completions"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"messages": HELLO}, headers={"api-key": "another"}) as answer,
    ):
        assert (answer.status, await answer.json()) == (
            404,
            {"error": {"code": "404", "message": "Resource not found"}},
        )


async def test_an_unknown_deployment_is_refused(
    client: openai.AsyncAzureOpenAI, models: ModelsServer
) -> None:
    models.control.offer(Vendor.AZURE, "known")
    with pytest.raises(openai.NotFoundError) as refused:
        await client.chat.completions.create(model="unknown", messages=HELLO)
    assert refused.value.code == "DeploymentNotFound"


async def test_a_rate_limit_says_how_long_to_wait(
    client: openai.AsyncAzureOpenAI, models: ModelsServer
) -> None:
    models.control.rate_limit(retry_after=3, vendor=Vendor.AZURE)
    with pytest.raises(openai.RateLimitError) as refused:
        await client.chat.completions.create(model="d", messages=HELLO)
    assert refused.value.response.headers["retry-after"] == "3"


@needs("azure-openai")
async def test_a_request_against_the_description_is_noticed(
    client: openai.AsyncAzureOpenAI, models_checker: Checker
) -> None:
    await client.chat.completions.create(model="d", messages=HELLO, extra_body={"temperature": 9})
    assert "9" in models_checker.violations[0]
    models_checker.violations.clear()
