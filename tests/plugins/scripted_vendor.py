"""A vendor's server that answers each request as a script says, in that vendor's format, and who asks it."""

from __future__ import annotations

import json
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from speaking import speaking

from botpod.config.schema import ModelSection
from botpod.models.backoff import Rounds
from botpod.models.fallback import ConfiguredModels
from botpod.skills.protocol import Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    type Script = Callable[[Mapping[str, Any]], web.Response | list[Mapping[str, Any]]]
    """From a request's body to a response, or to the events of its stream."""

QUESTION = (Turn(role="user", content="What is a pod?"),)


@dataclass(slots=True)
class Vendor:
    """Where it is, and what it was asked: bodies, oldest first."""

    url: str = ""
    asked: list[Mapping[str, Any]] = field(default_factory=list)


def said(*pieces: str, finish: str | None = "stop", **more: Any) -> list[Mapping[str, Any]]:
    """Return chat completion events that say ``pieces``; ``more`` goes into the first one's delta."""
    deltas: list[Mapping[str, Any]] = [{"content": piece} for piece in pieces]
    if more:
        deltas.insert(0, more)
    events = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    if finish is not None:
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    return list(events)


def written(*pieces: str, stop: str, **details: Any) -> list[Mapping[str, Any]]:
    """Return Anthropic's events that say ``pieces`` and end with ``stop``."""
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    events: list[Mapping[str, Any]] = [{"type": "message_start", "message": message}]
    if pieces:
        block = {"type": "text", "text": ""}
        events.append({"type": "content_block_start", "index": 0, "content_block": block})
        events += [
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
            for piece in pieces
        ]
        events.append({"type": "content_block_stop", "index": 0})
    end = {"stop_reason": stop, "stop_sequence": None, **details}
    return [
        *events,
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]


def refused(status: int, message: str, **more: Any) -> web.Response:
    """Return an error in OpenAI's form."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None, **more}
    return web.json_response({"error": error}, status=status)


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Vendor]:
    """Yield a vendor that answers by ``script``; it ends with the block."""
    vendor = Vendor()

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        vendor.asked.append(body)
        told = script(body)
        return told if isinstance(told, web.Response) else await _stream(request, told)

    async with speaking(answer) as url:
        vendor.url = url
        yield vendor


async def _stream(request: web.Request, events: Iterable[Mapping[str, Any]]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for event in events:
        common = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        kind = f"event: {event['type']}\n" if "type" in event else ""
        whole = event if "type" in event else common | dict(event)
        await response.write(f"{kind}data: {json.dumps(whole)}\n\n".encode())
    if not any("type" in event for event in events):
        await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


@asynccontextmanager
async def asking(
    script: Script, *others: Script, **more: Any
) -> AsyncIterator[tuple[ConfiguredModels, Vendor]]:
    """Yield models that ask a vendor for each script; ``more`` is of the first one's section."""
    if others:
        async with scripted(script) as first, scripted(others[0]) as second:
            models = _models(_section(first, "first", **more), _section(second, "second"))
            yield models, first
            await models.close()
        return
    async with scripted(script) as vendor:
        models = _models(_section(vendor, "first", **more))
        yield models, vendor
        await models.close()


def _models(*sections: ModelSection) -> ConfiguredModels:
    rounds = Rounds(count=3, first=0.01, longest=0.1, total=20)
    return ConfiguredModels(sections, secret=lambda _: "key", rounds=rounds)


def _section(vendor: Vendor, name: str, **more: Any) -> ModelSection:
    return ModelSection.model_validate(
        {"name": name, "provider": "OpenAI", "model": "m", "baseUrl": vendor.url, "credential": "k", **more}
    )


async def answer(models: ConfiguredModels, turns: tuple[Turn, ...] = QUESTION) -> str:
    pieces = models.answer(turns, instructions="Be brief.", correlation_id="c0ffee")
    async with aclosing(pieces):
        return "".join([piece async for piece in pieces])
