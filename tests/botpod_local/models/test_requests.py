"""What a request asks for, and what it may not: by hand, where a vendor's own client would not let one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from botpod_local.models import ModelsServer

HELLO = [{"role": "user", "content": "hello"}]
CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"


async def ask(models: ModelsServer, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01", "authorization": "Bearer k"}
    async with (
        aiohttp.ClientSession(models.url, headers=headers) as session,
        session.post(path, json={"model": "m"} | body) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("path", "body", "counted"),
    [
        (CHAT, {"messages": HELLO, "max_completion_tokens": 16}, "completion_tokens"),
        (RESPONSES, {"input": "hello", "max_output_tokens": 16}, "output_tokens"),
        (MESSAGES, {"messages": HELLO, "max_tokens": 16}, "output_tokens"),
    ],
)
async def test_a_shortened_answer_costs_what_was_sent(
    models: ModelsServer, path: str, body: dict[str, Any], counted: str
) -> None:
    models.control.on("hello", "word " * 1000)
    status, answer = await ask(models, path, body)
    assert (status, answer["usage"][counted]) == (200, 16)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (MESSAGES, {"messages": [{"role": "user", "content": ["hi"]}], "max_tokens": 9}, "0.content"),
        (MESSAGES, {"messages": [{"role": [], "content": "hi"}], "max_tokens": 9}, "0.role"),
        (MESSAGES, {"messages": HELLO, "max_tokens": 9, "tools": ["x"]}, "tools[0]"),
        (CHAT, {"messages": HELLO, "tools": ["x"]}, "tools[0]"),
        (CHAT, {"messages": HELLO, "tools": [{"type": "function", "function": "x"}]}, "tools[0]"),
        (CHAT, {"messages": [{"role": {}, "content": "hi"}]}, "messages[0].role"),
        (CHAT, {"messages": [{"role": "user", "content": [{"type": []}]}]}, "messages[0].content"),
        (RESPONSES, {"input": "hello", "tools": ["x"]}, "tools[0]"),
        (RESPONSES, {"input": "hello", "previous_response_id": []}, "previous_response_id"),
        ("/v1/embeddings", {"input": "hello", "dimensions": -1}, "dimensions"),
    ],
)
async def test_what_is_not_of_its_form_is_refused_by_the_field(
    models: ModelsServer, path: str, body: dict[str, Any], said: str
) -> None:
    status, answer = await ask(models, path, body)
    assert status == 400
    assert said in answer["error"]["message"]
