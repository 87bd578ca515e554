"""OpenAI's Responses API: reading the request, writing the answer and its stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botpod_local.models import tokens
from botpod_local.models.conversation import Ask, BadAsk, Turn, Vendor
from botpod_local.models.fields import allow, content_turn, join_system, need, tools
from botpod_local.models.frames import Frame, Json, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from botpod_local.models.replies import Reply


def read(
    body: Mapping[str, Any],
    *,
    vendor: Vendor = Vendor.OPENAI,
    model: str | None = None,
    before: Sequence[Turn] = (),
) -> Ask:
    """Return what the request says; ``before`` is what ``previous_response_id`` stands for. Raises BadAsk."""
    name = model or need(body, "model", str)
    said = need(body, "input", (str, list))
    turns = [Turn("user", said)] if isinstance(said, str) else [_turn(item, n) for n, item in enumerate(said)]
    return Ask(
        vendor=vendor,
        model=name,
        turns=(*before, *(turn for turn in turns if turn.role != "system")),
        system=join_system(
            (allow(body, "instructions", str) or "", *(turn.text for turn in turns if turn.role == "system"))
        ),
        tools=tools(body),
        max_tokens=allow(body, "max_output_tokens", int),
        stream=bool(allow(body, "stream", bool)),
    )


def _turn(item: Any, n: int) -> Turn:
    at = f"input[{n}]"
    if not isinstance(item, dict):
        raise BadAsk(f"Invalid type for '{at}': expected an object.", param=at)
    kind = item.get("type", "message")
    if kind == "function_call":
        return Turn("assistant", "")
    if kind == "function_call_output":
        return Turn("tool", str(item.get("output", "")))
    role = item.get("role", "assistant")
    return content_turn("system" if role == "developer" else role, item.get("content"), at=f"{at}.content")


def _text_part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _items(reply: Reply, text: str, stamp: Stamp) -> list[Json]:
    items: list[Json] = []
    if text or not reply.tool_calls:
        message = {"id": stamp.name("msg_"), "type": "message", "role": "assistant", "status": "completed"}
        items.append({**message, "content": [_text_part(text)]})
    items.extend(
        {
            "id": f"{stamp.name('fc_')}_{n}",
            "type": "function_call",
            "status": "completed",
            "call_id": f"{stamp.name('call_')}_{n}",
            "name": call.name,
            "arguments": json.dumps(dict(call.arguments)),
        }
        for n, call in enumerate(reply.tool_calls)
    )
    return items


def _usage(ask: Ask, reply: Reply, text: str) -> Json:
    given, made = tokens.count(ask.prompt_text), reply.tokens_sent(text)
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + made,
    }


def answer(ask: Ask, reply: Reply, stamp: Stamp) -> Json:
    """Return the whole answer."""
    text, shortened = tokens.shorten(reply.text, ask.max_tokens)
    return {
        "id": stamp.name("resp_"),
        "object": "response",
        "created_at": stamp.now,
        "status": "incomplete" if shortened else "completed",
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if shortened else None,
        "instructions": ask.system or None,
        "max_output_tokens": ask.max_tokens,
        "model": ask.model,
        "output": _items(reply, text, stamp),
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "metadata": {},
        "tool_choice": "auto",
        "tools": [],
        "temperature": 1.0,
        "top_p": 1.0,
        "usage": _usage(ask, reply, text),
    }


def frames(ask: Ask, reply: Reply, stamp: Stamp) -> Iterator[Frame]:
    """Yield the stream."""
    whole = answer(ask, reply, stamp)
    begun = {**whole, "status": "in_progress", "incomplete_details": None, "output": []}
    # OpenAI sends a null here; its description has no place for one.
    del begun["usage"]
    number = 0

    def event(kind: str, /, *, piece: bool = False, **fields: Any) -> Frame:
        nonlocal number
        number += 1
        return Frame({"type": kind, "sequence_number": number - 1, **fields}, event=kind, piece=piece)

    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for index, item in enumerate(whole["output"]):
        place: Json = {"item_id": item["id"], "output_index": index}
        if item["type"] == "message":
            part = item["content"][0]
            place["content_index"] = 0
            yield event(
                "response.output_item.added",
                output_index=index,
                item={**item, "status": "in_progress", "content": []},
            )
            yield event("response.content_part.added", **place, part=_text_part(""))
            for piece in tokens.pieces(part["text"], reply.words):
                yield event("response.output_text.delta", piece=True, **place, delta=piece, logprobs=[])
            yield event("response.output_text.done", **place, text=part["text"], logprobs=[])
            yield event("response.content_part.done", **place, part=part)
        else:
            arguments = item["arguments"]
            started = {**item, "status": "in_progress", "arguments": ""}
            yield event("response.output_item.added", output_index=index, item=started)
            for piece in tokens.pieces(arguments):
                yield event("response.function_call_arguments.delta", piece=True, **place, delta=piece)
            yield event(
                "response.function_call_arguments.done", **place, name=item["name"], arguments=arguments
            )
        yield event("response.output_item.done", output_index=index, item=item)
    yield event(f"response.{whole['status']}", response=whole)
