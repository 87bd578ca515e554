"""The library that the bot asks models with, against the stand-in."""

from __future__ import annotations

from collections.abc import Iterator  # noqa: TC003
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from anthropic import AsyncAnthropic
from genai_prices import data_snapshot
from openai import AsyncAzureOpenAI, AsyncOpenAI
from pydantic_ai import Agent, ModelHTTPError
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.azure import AzureProvider
from pydantic_ai.providers.openai import OpenAIProvider

from botpod_local.models import Reply, ToolCall, Vendor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pydantic_ai.models import Model

    from botpod_local.models import ModelsServer


@pytest.fixture(autouse=True)
def whole_table_of_prices() -> Iterator[None]:
    """Undo that the bot, where this process has loaded it, leaves only what it needs of the table."""
    before = data_snapshot.get_snapshot()
    data_snapshot.set_custom_snapshot(None)
    yield
    data_snapshot.set_custom_snapshot(before)


KINDS = ["openai-chat", "openai-responses", "azure", "anthropic"]


@pytest_asyncio.fixture
async def model(request: pytest.FixtureRequest, models: ModelsServer) -> AsyncIterator[Model]:
    async with (
        AsyncOpenAI(base_url=models.openai_url, api_key="right", max_retries=0) as openai,
        AsyncAzureOpenAI(
            azure_endpoint=models.azure_url, api_version="2024-10-21", api_key="right", max_retries=0
        ) as azure,
        AsyncAnthropic(base_url=models.anthropic_url, api_key="right", max_retries=0) as anthropic,
    ):
        made: dict[str, Model] = {
            "openai-chat": OpenAIChatModel("gpt-5-mini", provider=OpenAIProvider(openai_client=openai)),
            "openai-responses": OpenAIResponsesModel(
                "gpt-5-mini", provider=OpenAIProvider(openai_client=openai)
            ),
            "azure": OpenAIChatModel("my-deployment", provider=AzureProvider(openai_client=azure)),
            "anthropic": AnthropicModel(
                "claude-haiku-4-5", provider=AnthropicProvider(anthropic_client=anthropic)
            ),
        }
        yield made[request.param]


@pytest.mark.parametrize("model", KINDS, indirect=True)
async def test_a_conversation_is_remembered_by_its_messages(model: Model) -> None:
    agent = Agent(model, instructions="Be kind.")
    first = await agent.run("my cat is called Tom")
    second = await agent.run("what did I say before?", message_history=first.all_messages())
    assert "1. my cat is called Tom" in second.output
    assert first.usage.output_tokens > 0
    assert "Be kind." in (await agent.run("what are your instructions?")).output


@pytest.mark.parametrize("model", KINDS, indirect=True)
async def test_an_answer_is_streamed(model: Model, models: ModelsServer) -> None:
    models.control.on("hello", "one two three")
    async with Agent(model).run_stream("hello") as streaming:
        texts = [text async for text in streaming.stream_text(delta=True, debounce_by=None)]
    assert "".join(texts) == "one two three"
    assert len(texts) > 1


@pytest.mark.parametrize("model", KINDS, indirect=True)
async def test_a_tool_is_called_and_its_result_used(model: Model, models: ModelsServer) -> None:
    models.control.on("weather", Reply(tool_calls=(ToolCall("weather", {"city": "Oslo"}),)))
    agent = Agent(model)

    @agent.tool_plain
    def weather(city: str) -> str:
        """Say how the weather is."""
        return f"rain in {city}"

    assert (await agent.run("how is the weather?")).output == "The tool said: rain in Oslo"


@pytest.mark.parametrize("model", KINDS, indirect=True)
async def test_a_wrong_key_is_told(model: Model, models: ModelsServer) -> None:
    for vendor in Vendor:
        models.control.accept(vendor, "another")
    with pytest.raises(ModelHTTPError) as refused:
        await Agent(model).run("hello")
    assert refused.value.status_code == 401
