"""OpenAI's chat completions: reading the request, writing the answer and its stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botpod_local.models import tokens
from botpod_local.models.conversation import Ask, BadAsk, Turn, Vendor
from botpod_local.models.fields import allow, content_turn, join_system, need, tools
from botpod_local.models.frames import DONE, Frame, Json, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botpod_local.models.replies import Reply

_ROLES = ("assistant", "developer", "function", "system", "tool", "user")


def read(body: Mapping[str, Any], *, vendor: Vendor = Vendor.OPENAI, model: str | None = None) -> Ask:
    """Return what the request says; ``model`` is the deployment where the address names it. Raises BadAsk."""
    name = model or need(body, "model", str)
    messages = need(body, "messages", list)
    if not messages:
        raise BadAsk(
            "Invalid 'messages': empty array. Expected an array with minimum length 1.", param="messages"
        )
    turns = [_turn(message, n) for n, message in enumerate(messages)]
    options = allow(body, "stream_options", dict) or {}
    return Ask(
        vendor=vendor,
        model=name,
        turns=tuple(turn for turn in turns if turn.role != "system"),
        system=join_system(turn.text for turn in turns if turn.role == "system"),
        tools=tools(body),
        max_tokens=allow(body, "max_completion_tokens", int) or allow(body, "max_tokens", int),
        stream=bool(allow(body, "stream", bool)),
        include_usage=bool(options.get("include_usage")),
    )


def _turn(message: Any, n: int) -> Turn:
    at = f"messages[{n}]"
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise BadAsk(f"Invalid value for '{at}.role': supported are {', '.join(_ROLES)}.", param=f"{at}.role")
    role = "system" if message["role"] == "developer" else message["role"]
    return content_turn(role, message.get("content"), at=f"{at}.content")


def _usage(ask: Ask, reply: Reply, text: str) -> Json:
    prompt, completion = tokens.count(ask.prompt_text), reply.tokens_sent(text)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _calls(reply: Reply, stamp: Stamp) -> list[Json]:
    return [
        {
            "id": f"{stamp.name('call_')}_{n}",
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
        }
        for n, call in enumerate(reply.tool_calls)
    ]


def _finish(reply: Reply, *, shortened: bool) -> str:
    if reply.tool_calls:
        return "tool_calls"
    return "length" if shortened else "stop"


def answer(ask: Ask, reply: Reply, stamp: Stamp) -> Json:
    """Return the whole answer."""
    text, shortened = tokens.shorten(reply.text, ask.max_tokens)
    message: Json = {"role": "assistant", "content": text or None, "refusal": None, "annotations": []}
    if reply.tool_calls:
        message["tool_calls"] = _calls(reply, stamp)
    return {
        "id": stamp.name("chatcmpl-"),
        "object": "chat.completion",
        "created": stamp.now,
        "model": ask.model,
        "choices": [
            {
                "index": 0,
                "message": message,
                "logprobs": None,
                "finish_reason": _finish(reply, shortened=shortened),
            }
        ],
        "usage": _usage(ask, reply, text),
        "service_tier": "default",
        "system_fingerprint": "fp_standin",
    }


def frames(ask: Ask, reply: Reply, stamp: Stamp) -> Iterator[Frame]:
    """Yield the stream."""
    base: Json = {
        "id": stamp.name("chatcmpl-"),
        "object": "chat.completion.chunk",
        "created": stamp.now,
        "model": ask.model,
        "service_tier": "default",
        "system_fingerprint": "fp_standin",
    }
    if ask.include_usage:
        base["usage"] = None

    def chunk(delta: Json, finish: str | None = None, *, piece: bool = False) -> Frame:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return Frame({**base, "choices": [choice]}, piece=piece)

    text, shortened = tokens.shorten(reply.text, ask.max_tokens)
    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for piece in tokens.pieces(text, reply.words):
        yield chunk({"content": piece}, piece=True)
    for n, call in enumerate(_calls(reply, stamp)):
        function = call["function"]
        yield chunk({"tool_calls": [{**call, "index": n, "function": {**function, "arguments": ""}}]})
        for part in tokens.pieces(function["arguments"]):
            yield chunk({"tool_calls": [{"index": n, "function": {"arguments": part}}]}, piece=True)
    yield chunk({}, _finish(reply, shortened=shortened))
    if ask.include_usage:
        yield Frame({**base, "choices": [], "usage": _usage(ask, reply, text)})
    yield Frame(DONE)
