"""OpenAI's own client against the stand-in; the fixture checks each exchange against OpenAI's description."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@pytest_asyncio.fixture
async def client(models: ModelsServer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=models.openai_url, api_key="sk-right", max_retries=0) as made:
        yield made


async def test_a_chat_is_answered_and_counted(client: openai.AsyncOpenAI, models: ModelsServer) -> None:
    models.control.on("hello", "Hello to you")
    answer = await client.chat.completions.create(model="gpt-5-mini", messages=HELLO)
    assert answer.choices[0].message.content == "Hello to you"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_a_streamed_chat_adds_up_and_ends_with_the_usage(
    client: openai.AsyncOpenAI, models: ModelsServer
) -> None:
    models.control.on("hello", "one two  three\n\nfour")
    streaming = await client.chat.completions.create(
        model="gpt-5-mini", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in streaming]
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert "".join(text or "" for text in texts) == "one two  three\n\nfour"
    assert chunks[-1].usage is not None
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:-1]] == ["stop"]


async def test_a_scripted_tool_is_called_streamed_or_not(
    client: openai.AsyncOpenAI, models: ModelsServer
) -> None:
    models.control.on("hello", Reply(tool_calls=(ToolCall("weather", {"city": "Oslo, Norway"}),)))
    answer = await client.chat.completions.create(model="m", messages=HELLO, tools=[WEATHER])
    call: Any = (answer.choices[0].message.tool_calls or [])[0]
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Oslo, Norway"})

    streaming = await client.chat.completions.create(model="m", messages=HELLO, tools=[WEATHER], stream=True)
    deltas: list[Any] = [chunk.choices[0].delta async for chunk in streaming]
    parts = [call.function.arguments for delta in deltas for call in delta.tool_calls or []]
    assert json.loads("".join(parts)) == {"city": "Oslo, Norway"}

    result: list[Any] = [*HELLO, answer.choices[0].message.model_dump(exclude_none=True)]
    result.append({"role": "tool", "tool_call_id": call.id, "content": "sunny"})
    after = await client.chat.completions.create(model="m", messages=result, tools=[WEATHER])
    assert after.choices[0].message.content == "The tool said: sunny"


async def test_parts_and_images_of_a_message_are_read(client: openai.AsyncOpenAI) -> None:
    image: Any = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    parts: Any = [{"role": "user", "content": [{"type": "text", "text": "look at this"}, image]}]
    answer = await client.chat.completions.create(model="m", messages=parts)
    assert "look at this" in (answer.choices[0].message.content or "")
    assert "1 image " in (answer.choices[0].message.content or "")


async def test_an_answer_longer_than_allowed_is_cut_off_and_says_so(
    client: openai.AsyncOpenAI, models: ModelsServer
) -> None:
    models.control.on("hello", "x" * 100)
    answer = await client.chat.completions.create(model="m", messages=HELLO, max_completion_tokens=5)
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content == "x" * 20
    response = await client.responses.create(model="m", input="hello", max_output_tokens=16)
    assert response.status == "incomplete"


async def test_a_response_is_answered_and_remembers_the_previous_one(client: openai.AsyncOpenAI) -> None:
    first = await client.responses.create(model="m", input="my cat is called Tom", instructions="Be kind.")
    second = await client.responses.create(
        model="m", input="what did I say before?", previous_response_id=first.id
    )
    assert "1. my cat is called Tom" in second.output_text
    with pytest.raises(openai.BadRequestError, match="not found"):
        await client.responses.create(model="m", input="x", previous_response_id="resp_unknown")


async def test_a_streamed_response_adds_up(client: openai.AsyncOpenAI, models: ModelsServer) -> None:
    models.control.on("hello", Reply(text="one two", tool_calls=(ToolCall("weather", {"city": "Oslo"}),)))
    events = [event async for event in await client.responses.create(model="m", input="hello", stream=True)]
    texts = [event.delta for event in events if event.type == "response.output_text.delta"]
    arguments = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert "".join(texts) == "one two"
    assert json.loads("".join(arguments)) == {"city": "Oslo"}
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"


async def test_texts_with_words_in_common_have_near_embeddings(client: openai.AsyncOpenAI) -> None:
    texts = ["the cat sat on the mat", "a cat on a mat", "quarterly revenue report"]
    answer = await client.embeddings.create(model="text-embedding-3-small", input=texts)
    cat, also_cat, revenue = (entry.embedding for entry in answer.data)
    assert len(cat) == 1536

    def near(one: list[float], other: list[float]) -> float:
        return sum(a * b for a, b in zip(one, other, strict=True))

    assert near(cat, cat) == pytest.approx(1, abs=1e-5)
    assert near(cat, also_cat) > 0.3 > near(cat, revenue)
    plain = await client.embeddings.create(model="m", input="cat", encoding_format="float", dimensions=64)
    assert len(plain.data[0].embedding) == 64


async def test_models_are_listed_and_an_unknown_one_is_refused(
    client: openai.AsyncOpenAI, models: ModelsServer
) -> None:
    assert "gpt-5-mini" in [model.id async for model in client.models.list()]
    models.control.offer(Vendor.OPENAI, "only-this")
    assert [model.id async for model in client.models.list()] == ["only-this"]
    assert (await client.models.retrieve("only-this")).id == "only-this"
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        await client.models.retrieve("other")
    with pytest.raises(openai.NotFoundError) as refused:
        await client.chat.completions.create(model="other", messages=HELLO)
    assert refused.value.code == "model_not_found"


async def test_a_wrong_key_is_refused_without_repeating_it(models: ModelsServer) -> None:
    models.control.accept(Vendor.OPENAI, "sk-right-0123456789")
    async with openai.AsyncOpenAI(base_url=models.openai_url, api_key="sk-wrong-0123456789") as client:
        with pytest.raises(openai.AuthenticationError) as refused:
            await client.models.list()
    assert refused.value.code == "invalid_api_key"
    assert "sk-wrong-0123456789" not in str(refused.value)


async def test_a_rate_limit_says_how_long_to_wait(client: openai.AsyncOpenAI, models: ModelsServer) -> None:
    models.control.rate_limit(retry_after=1.5)
    with pytest.raises(openai.RateLimitError) as refused:
        await client.chat.completions.create(model="m", messages=HELLO)
    assert refused.value.response.headers["retry-after"] == "2"
    assert refused.value.response.headers["retry-after-ms"] == "1500"
    assert (await client.chat.completions.create(model="m", messages=HELLO)).choices


async def test_what_is_no_request_is_refused_by_field(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.chat.completions.create(model="m", messages=[])
    assert refused.value.param == "messages"
    stranger: Any = [{"role": "nobody", "content": "x"}]
    with pytest.raises(openai.BadRequestError, match=r"messages\[0\].role"):
        await client.chat.completions.create(model="m", messages=stranger)
    with pytest.raises(openai.NotFoundError):
        await client.post("/nowhere", cast_to=object, body={})


@needs("openai")
async def test_a_request_against_the_description_is_noticed(
    client: openai.AsyncOpenAI, models_checker: Checker
) -> None:
    await client.chat.completions.create(model="m", messages=HELLO, extra_body={"temperature": 9})
    assert "temperature" in models_checker.violations[0]
    models_checker.violations.clear()
