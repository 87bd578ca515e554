"""Anthropic's own client against the stand-in; the fixture checks each exchange by the client's own types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import anthropic
import pytest
import pytest_asyncio
from models_standin import anthropic_violations

from botpod_local.models import Exchange, Reply, ToolCall, Vendor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anthropic.types import MessageParam
    from models_standin import Checker

    from botpod_local.models import ModelsServer

HELLO: list[MessageParam] = [{"role": "user", "content": "hello"}]
WEATHER: Any = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest_asyncio.fixture
async def client(models: ModelsServer) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(
        base_url=models.anthropic_url, api_key="right", max_retries=0
    ) as made:
        yield made


async def test_a_message_is_answered_and_counted(
    client: anthropic.AsyncAnthropic, models: ModelsServer
) -> None:
    models.control.on("hello", "Hello to you")
    answer = await client.messages.create(model="m", max_tokens=100, messages=HELLO, system="Be kind.")
    assert [block.text for block in answer.content if block.type == "text"] == ["Hello to you"]
    assert answer.stop_reason == "end_turn"
    assert answer.usage.output_tokens > 0
    counted = await client.messages.count_tokens(model="m", messages=HELLO, system="Be kind.")
    assert counted.input_tokens == answer.usage.input_tokens


async def test_a_stream_adds_up(client: anthropic.AsyncAnthropic, models: ModelsServer) -> None:
    models.control.on("hello", Reply(text="one two", tool_calls=(ToolCall("weather", {"city": "Oslo, NO"}),)))
    async with client.messages.stream(
        model="m", max_tokens=100, messages=HELLO, tools=[WEATHER]
    ) as streaming:
        texts = [text async for text in streaming.text_stream]
        whole = await streaming.get_final_message()
    assert texts == ["one", " two"]
    assert [block.type for block in whole.content] == ["text", "tool_use"]
    assert whole.content[1].type == "tool_use"
    assert whole.content[1].input == {"city": "Oslo, NO"}
    assert whole.stop_reason == "tool_use"


async def test_a_tools_result_is_read(client: anthropic.AsyncAnthropic, models: ModelsServer) -> None:
    models.control.on("hello", Reply(tool_calls=(ToolCall("weather", {}),)))
    asked = await client.messages.create(model="m", max_tokens=99, messages=HELLO, tools=[WEATHER])
    assert asked.content[0].type == "tool_use"
    result: Any = {"type": "tool_result", "tool_use_id": asked.content[0].id, "content": "sunny"}
    turns: list[Any] = [*HELLO, {"role": "assistant", "content": asked.content}]
    turns.append({"role": "user", "content": [result]})
    answer = await client.messages.create(model="m", max_tokens=99, messages=turns, tools=[WEATHER])
    assert [block.text for block in answer.content if block.type == "text"] == ["The tool said: sunny"]


async def test_an_answer_longer_than_allowed_is_cut_off_and_says_so(
    client: anthropic.AsyncAnthropic, models: ModelsServer
) -> None:
    models.control.on("hello", "x" * 100)
    answer = await client.messages.create(model="m", max_tokens=5, messages=HELLO)
    assert answer.stop_reason == "max_tokens"


async def test_models_are_listed_at_anthropics_own_shape(client: anthropic.AsyncAnthropic) -> None:
    names = [model.id async for model in client.models.list()]
    assert names == ["claude-haiku-4-5", "claude-sonnet-4-5"]
    assert "stand-in" in (await client.models.retrieve(names[0])).display_name


async def test_a_wrong_key_is_refused(client: anthropic.AsyncAnthropic, models: ModelsServer) -> None:
    models.control.accept(Vendor.ANTHROPIC, "another")
    with pytest.raises(anthropic.AuthenticationError, match="invalid x-api-key"):
        await client.models.list()


async def test_version_and_limit_are_required(models: ModelsServer) -> None:
    body = {"model": "m", "messages": HELLO}
    async with aiohttp.ClientSession(headers={"x-api-key": "right"}) as session:
        async with session.post(f"{models.anthropic_url}/v1/messages", json=body) as answer:
            assert (await answer.json())["error"] == {
                "type": "invalid_request_error",
                "message": "anthropic-version: header is required",
            }
        headers = {"anthropic-version": "2023-06-01"}
        async with session.post(f"{models.anthropic_url}/v1/messages", json=body, headers=headers) as answer:
            assert (await answer.json())["error"]["message"] == "max_tokens: Field required"


async def test_limits_and_overload_are_told_in_anthropics_manner(
    client: anthropic.AsyncAnthropic, models: ModelsServer
) -> None:
    models.control.rate_limit(retry_after=2)
    models.control.fail(529)
    with pytest.raises(anthropic.RateLimitError) as limited:
        await client.messages.create(model="m", max_tokens=9, messages=HELLO)
    assert limited.value.response.headers["retry-after"] == "2"
    with pytest.raises(anthropic.APIStatusError) as overloaded:
        await client.messages.create(model="m", max_tokens=9, messages=HELLO)
    assert overloaded.value.status_code == 529


async def test_a_request_against_the_types_is_noticed(
    client: anthropic.AsyncAnthropic, models_checker: Checker
) -> None:
    wrong: dict[str, Any]
    for said, wrong in (
        ("colour", {"colour": "blue"}),
        ("temperature", {"temperature": "hot"}),
        ("input_schema", {"tools": [{"name": "x", "input_schema": 3}]}),
    ):
        await client.messages.create(model="m", max_tokens=9, messages=HELLO, extra_body=wrong)
        assert said in models_checker.violations[0]
        models_checker.violations.clear()


def test_an_answer_against_the_types_is_noticed() -> None:
    exchange = Exchange(
        vendor=Vendor.ANTHROPIC, method="POST", path="/v1/messages/count_tokens", query={}, headers={}, key=""
    )
    exchange.status, exchange.answer = 200, {"input_tokens": "many"}
    assert "input_tokens" in next(iter(anthropic_violations(exchange)))
    exchange.answer = {"input_tokens": 1, "colour": "blue"}
    assert "colour" in next(iter(anthropic_violations(exchange)))
