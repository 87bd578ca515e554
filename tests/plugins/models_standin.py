"""The models stand-in for tests: every exchange is checked against what the vendor says of its own API.

OpenAI and Azure OpenAI by their OpenAPI descriptions, Anthropic by the types of its own SDK. A violation, by
whoever asked or by the stand-in, fails the test in which it happened.
"""

from __future__ import annotations

import base64
import functools
import re
import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from anthropic.types import (
    ErrorResponse,
    Message,
    MessageTokensCount,
    ModelInfo,
    RawMessageStreamEvent,
)
from anthropic.types import message_create_params as plain_params
from anthropic.types.beta import BetaMessage, BetaRawMessageStreamEvent
from anthropic.types.beta import message_create_params as beta_params
from openapi_descriptions import TALLY, description
from pydantic import BaseModel, TypeAdapter, ValidationError

from botpod_local.models import Exchange, ModelsServer, Vendor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

type Violations = list[str]


def openapi_place(exchange: Exchange) -> tuple[str, str] | None:
    """Return the description's name and its path for an exchange, ``None`` for what is described nowhere."""
    deployment = re.fullmatch(r"/openai/deployments/[^/]+(/.+)", exchange.path)
    if deployment:
        return "azure-openai", "/deployments/{deployment-id}" + deployment[1]
    path = re.fullmatch(r"(?:/openai)?/v1(/.+)", exchange.path)
    if path is None:
        return None
    return "openai", re.sub(r"^/models/[^/]+$", "/models/{model}", path[1])


def openapi_violations(exchange: Exchange) -> Iterator[str]:
    """Yield what an exchange with OpenAI or Azure does against their descriptions."""
    place = openapi_place(exchange)
    if place is None or not TALLY.compares(place[0]):
        return
    spec = description(place[0])
    operation = ["paths", place[1], exchange.method.lower()]
    if exchange.status == 404 and not spec.has(operation):
        return
    if not spec.has(operation):
        yield f"{exchange.method} {place[1]} is not in the description"
        return
    request = [*operation, "requestBody", "content", "application/json", "schema"]
    # What was refused may be wrong; it is the refusal that must be right.
    if exchange.status == 200 and spec.has(request):
        yield from _complaint(f"request to {place[1]}", spec.complaint(request, _sent(exchange.body)))
    content = [*operation, "responses", "200", "content"]
    if exchange.status == 200 and exchange.answer is not None:
        found = spec.complaint([*content, "application/json", "schema"], _plain(exchange.answer))
        yield from _complaint(f"answer of {place[1]}", found)
    if exchange.status >= 400:
        name = "ErrorResponse" if place[0] == "openai" else "errorResponse"
        found = spec.complaint(["components", "schemas", name], exchange.answer)
        yield from _complaint(f"refusal of {place[1]}", found)
    streamed = [*content, "text/event-stream", "schema"]
    if place[0] == "azure-openai":  # which describes answer and event as one choice of two
        streamed = ["components", "schemas", "createChatCompletionStreamResponse"]
    for event in exchange.events:
        if "error" not in event:
            yield from _complaint(f"event of {place[1]}", spec.complaint(streamed, event))


def _sent(body: Any) -> Any:
    """Return the request with the ``logprobs`` of earlier answers: required by the description alone."""
    if not isinstance(body.get("input"), list):
        return body
    return {**body, "input": [_with_logprobs(item) for item in body["input"]]}


def _with_logprobs(item: Any) -> Any:
    if not isinstance(item, dict) or not isinstance(item.get("content"), list):
        return item
    parts = [
        {"logprobs": [], **part} if part.get("type") == "output_text" else part for part in item["content"]
    ]
    return {**item, "content": parts}


def _plain(answer: Any) -> Any:
    """Return the answer with embeddings as numbers: their form in base64 is described in words only."""
    if answer.get("object") != "list" or not isinstance(answer["data"][0].get("embedding"), str):
        return answer
    data = [{**entry, "embedding": _floats(entry["embedding"])} for entry in answer["data"]]
    return {**answer, "data": data}


def _floats(text: str) -> list[float]:
    raw = base64.b64decode(text)
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def _complaint(where: str, found: str | None) -> Iterator[str]:
    if found is not None:
        yield f"{where}: {found}"


def anthropic_violations(exchange: Exchange) -> Iterator[str]:
    """Yield what an exchange with Anthropic does against its SDK's types."""
    if exchange.status >= 400:
        yield from _typed(ErrorResponse, exchange.answer)
    elif exchange.path == "/v1/messages":
        yield from _message_violations(exchange)
    elif exchange.path == "/v1/messages/count_tokens":
        yield from _typed(MessageTokensCount, exchange.answer)
    elif exchange.path == "/v1/models":
        for entry in exchange.answer["data"]:
            yield from _typed(ModelInfo, entry)
    elif exchange.path.startswith("/v1/models/"):
        yield from _typed(ModelInfo, exchange.answer)


def _message_violations(exchange: Exchange) -> Iterator[str]:
    beta = exchange.query.get("beta") == "true"
    yield from _asked(exchange.body, beta=beta)
    if exchange.answer is not None:
        yield from _typed(BetaMessage if beta else Message, exchange.answer)
    for event in exchange.events:
        if event["type"] == "error":
            yield from _typed(ErrorResponse, event)
        elif event["type"] != "ping":  # the SDK drops these before its types see them
            yield from _typed(BetaRawMessageStreamEvent if beta else RawMessageStreamEvent, event)


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    # Kept, because what it validates lazily needs it for as long as it is being read.
    return TypeAdapter(kind)


def _asked(body: Any, *, beta: bool) -> Iterator[str]:
    """Yield what is wrong with a request by the types that the SDK takes as arguments."""
    params = beta_params if beta else plain_params
    kind = (
        params.MessageCreateParamsStreaming if body.get("stream") else params.MessageCreateParamsNonStreaming
    )
    try:
        _look_through(_adapter(kind).validate_python(body))
    except ValidationError as error:
        yield f"request: {error}"
    for name in sorted(set(body) - set(kind.__annotations__)):
        yield f"request: {name} is nothing that the SDK knows"


def _look_through(value: object) -> None:
    """Walk through all of ``value``: what the types call iterable is only checked while being read."""
    if isinstance(value, dict):
        for inner in value.values():
            _look_through(inner)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for inner in value:
            _look_through(inner)


def _typed(kind: Any, body: object) -> Iterator[str]:
    try:
        found = _adapter(kind).validate_python(body)
    except ValidationError as error:
        yield f"{kind}: {error}"
        return
    for extra in _extras(found):
        yield f"{kind}: {extra} is nothing that the SDK knows"


def _extras(value: object, at: str = "$") -> Iterator[str]:
    """Yield the fields that the SDK's types took along without knowing them."""
    if isinstance(value, BaseModel):
        for name in value.model_extra or {}:
            yield f"{at}.{name}"
        for name in type(value).model_fields:
            yield from _extras(getattr(value, name), f"{at}.{name}")
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _extras(item, f"{at}[{n}]")


class Checker:
    """Looks at each exchange as it ends, and keeps what was wrong."""

    def __init__(self) -> None:
        self.violations: Violations = []

    def __call__(self, exchange: Exchange, /) -> None:
        if exchange.status == 0:
            return  # cut before anything was said
        found = anthropic_violations if exchange.vendor is Vendor.ANTHROPIC else openapi_violations
        self.violations.extend(f"{exchange.vendor}: {violation}" for violation in found(exchange))


@pytest.fixture
def models_checker() -> Checker:
    """What looks at the exchanges of the fixture ``models``."""
    return Checker()


@pytest_asyncio.fixture
async def models(models_checker: Checker, standin_host: str) -> AsyncIterator[ModelsServer]:
    """A models stand-in on free ports; whatever is said to it or by it must be as the vendors describe it."""
    async with ModelsServer(listen=((standin_host, 0),), observer=models_checker) as server:
        yield server
    if models_checker.violations:
        pytest.fail("\n".join(models_checker.violations), pytrace=False)
