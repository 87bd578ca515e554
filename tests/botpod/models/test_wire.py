"""What reaches the caller when a vendor, or what stands before it, does worse than the stand-in can."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    UnexpectedModelBehavior,
)

from botpod.config.schema import ModelSection
from botpod.errors import BotpodError, CredentialRefused, Rejected, Transient
from botpod.models.ending import TooLong
from botpod.models.failures import Unusable, ours
from botpod.models.prompt import messages
from botpod.models.vendors import Vendors, warm
from botpod.models.wire import Patience, Usage, text
from botpod.skills.protocol import Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

PATIENCE = Patience(first=10, between=10, whole=20)
OPENAI = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Half an"}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": " answer"}, "finish_reason": None}]},
]
ANTHROPIC = [
    {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Half an answer"}},
]


@asynccontextmanager
async def speaking(events: Sequence[dict[str, Any]]) -> AsyncIterator[str]:
    """Serve ``events`` as a stream that ends properly, as a proxy ends one whose vendor has gone."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event in events:
            common = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            kind = f"event: {event['type']}\n" if "type" in event else ""
            body = event if "type" in event else common | event
            await response.write(f"{kind}data: {json.dumps(body)}\n\n".encode())
        await response.write_eof()
        return response

    application = web.Application()
    application.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("provider", "events"), [("OpenAI", OPENAI), ("Anthropic", ANTHROPIC)])
async def test_a_stream_that_ends_without_its_end_has_broken_off(
    provider: str, events: Sequence[dict[str, Any]]
) -> None:
    heard, vendors = "", Vendors()
    async with speaking(events) as url:
        section = ModelSection.model_validate(
            {"name": "m", "provider": provider, "model": "m", "baseUrl": url, "credential": "key"}
        )
        await warm([section])
        pieces = text(
            vendors.model(section, "key"),
            messages((Turn(role="user", content="hi"),), instructions=""),
            patience=PATIENCE,
            credential="key",
            usage=Usage(),
        )
        with pytest.raises(Transient):  # noqa: PT012 - what is heard until then counts
            async for piece in pieces:
                heard += piece
        await vendors.close()
    assert heard == "Half an answer"


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (TimeoutError("PROMPT"), Transient, "It took too long to answer."),
        (ModelHTTPError(500, "m", "PROMPT"), Transient, "It answered with status 500."),
        (ModelHTTPError(408, "m", "PROMPT"), Transient, "It answered with status 408."),
        (
            ModelHTTPError.for_category(ModelRateLimitError, status_code=429, model_name="m", body="PROMPT"),
            Transient,
            "It answered with status 429.",
        ),
        (ModelHTTPError(400, "m", "PROMPT"), Rejected, "It refused the request (400)."),
        (
            ModelHTTPError.for_category(
                ModelAuthenticationError, status_code=401, model_name="m", body="PROMPT"
            ),
            CredentialRefused,
            'It refuses the credential "key" (401).',
        ),
        (
            ModelHTTPError.for_category(ModelNotFoundError, status_code=404, model_name="m", body="PROMPT"),
            Unusable,
            "There is no such model (404); check its name and its base URL.",
        ),
        (
            ModelQuotaExceededError("m", "PROMPT"),
            Unusable,
            "Its quota or credit is used up; top up the account.",
        ),
        (
            ModelContextWindowExceededError("m", "PROMPT"),
            TooLong,
            "The conversation is too long for it.",
        ),
        (ModelConnectionError("m", "PROMPT", phase="connect"), Transient, "The connection failed (connect)."),
        (ModelAPIError("m", "PROMPT"), Transient, "It failed (ModelAPIError)."),
        (UnexpectedModelBehavior("PROMPT"), Transient, "It failed (UnexpectedModelBehavior)."),
        (ValueError("PROMPT"), Transient, "It failed (ValueError)."),
        (Rejected("Our own words."), Rejected, "Our own words."),
    ],
    ids=str,
)
def test_errors_are_told_in_our_words_never_in_the_vendors(
    error: Exception, kind: type[BotpodError], sentence: str
) -> None:
    told = ours(error, credential="key")
    assert type(told) is kind
    assert str(told) == sentence


def test_without_a_credential_none_can_be_refused() -> None:
    told = ours(ModelAuthenticationError("m", "PROMPT"), credential=None)
    assert type(told) is Unusable
    assert str(told) == "It asks for a credential; give the model one."


def test_how_long_to_wait_is_passed_on() -> None:
    error = ModelHTTPError(503, "m", headers={"Retry-After": "7"})
    told = ours(error, credential="key")
    assert isinstance(told, Transient)
    assert told.retry_after == 7
