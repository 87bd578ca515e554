"""Anthropic's messages: reading the request, writing the answer and its stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botpod_local.models import tokens
from botpod_local.models.conversation import Ask, BadAsk, Turn, Vendor
from botpod_local.models.fields import allow, content_turn, tools
from botpod_local.models.frames import Frame, Json, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botpod_local.models.replies import Reply


def _need(body: Mapping[str, Any], name: str, kind: type) -> Any:
    if name not in body:
        raise BadAsk(f"{name}: Field required", param=name)
    return allow(body, name, kind)


def read(body: Mapping[str, Any], *, counting: bool = False) -> Ask:
    """Return what the request says; ``counting`` where no answer (so no limit) is wanted. Raises BadAsk."""
    model = _need(body, "model", str)
    messages = _need(body, "messages", list)
    if not messages:
        raise BadAsk("messages: at least one message is required", param="messages")
    limit = None if counting else _need(body, "max_tokens", int)
    if limit is not None and limit < 1:
        raise BadAsk("max_tokens: Input should be greater than or equal to 1", param="max_tokens")
    return Ask(
        vendor=Vendor.ANTHROPIC,
        model=model,
        turns=tuple(_turn(message, n) for n, message in enumerate(messages)),
        system=content_turn("system", body.get("system"), at="system").text,
        tools=tools(body),
        max_tokens=limit,
        stream=bool(allow(body, "stream", bool)),
    )


def _turn(message: Any, n: int) -> Turn:
    role = message.get("role") if isinstance(message, dict) else None
    if role not in ("user", "assistant"):
        raise BadAsk(f"messages.{n}.role: Input should be 'user' or 'assistant'", param=f"messages.{n}.role")
    at, content = f"messages.{n}.content", message.get("content")
    turn = content_turn(role, content, at=at)
    results = [part for part in content if part["type"] == "tool_result"] if isinstance(content, list) else []
    if not results:
        return turn
    return Turn("tool", "\n".join(content_turn("tool", part.get("content"), at=at).text for part in results))


def _usage(given: int, made: int) -> Json:
    return {
        "input_tokens": given,
        "output_tokens": made,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "server_tool_use": None,
        "service_tier": "standard",
    }


def _blocks(reply: Reply, text: str, stamp: Stamp) -> list[Json]:
    blocks: list[Json] = [{"type": "text", "text": text, "citations": None}] if text else []
    blocks.extend(
        {
            "type": "tool_use",
            "id": f"{stamp.name('toolu_')}_{n}",
            "name": call.name,
            "input": dict(call.arguments),
        }
        for n, call in enumerate(reply.tool_calls)
    )
    return blocks


def _stop(reply: Reply, *, shortened: bool) -> str:
    if reply.tool_calls:
        return "tool_use"
    return "max_tokens" if shortened else "end_turn"


def answer(ask: Ask, reply: Reply, stamp: Stamp) -> Json:
    """Return the whole answer."""
    text, shortened = tokens.shorten(reply.text, ask.max_tokens)
    return {
        "id": stamp.name("msg_"),
        "type": "message",
        "role": "assistant",
        "model": ask.model,
        "content": _blocks(reply, text, stamp),
        "stop_reason": _stop(reply, shortened=shortened),
        "stop_sequence": None,
        "usage": _usage(tokens.count(ask.prompt_text), reply.tokens_sent(text)),
    }


def frames(ask: Ask, reply: Reply, stamp: Stamp) -> Iterator[Frame]:
    """Yield the stream."""

    def event(name: str, *, piece: bool = False, **fields: Any) -> Frame:
        return Frame({"type": name, **fields}, event=name, piece=piece)

    whole = answer(ask, reply, stamp)
    usage = whole["usage"]
    begun = {**whole, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield event("message_start", message=begun)
    for index, block in enumerate(whole["content"]):
        if block["type"] == "text":
            yield event("content_block_start", index=index, content_block={**block, "text": ""})
            deltas = [{"type": "text_delta", "text": p} for p in tokens.pieces(block["text"], reply.words)]
        else:
            yield event("content_block_start", index=index, content_block={**block, "input": {}})
            parts = tokens.pieces(json.dumps(block["input"]))
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
        if index == 0:
            yield event("ping")
        for delta in deltas:
            yield event("content_block_delta", piece=True, index=index, delta=delta)
        yield event("content_block_stop", index=index)
    yield event(
        "message_delta",
        delta={"stop_reason": whole["stop_reason"], "stop_sequence": None},
        usage={name: usage[name] for name in ("input_tokens", "output_tokens")},
    )
    yield event("message_stop")


def count(body: Mapping[str, Any]) -> Json:
    """Return the answer to a token count. Raises BadAsk."""
    return {"input_tokens": tokens.count(read(body, counting=True).prompt_text)}
