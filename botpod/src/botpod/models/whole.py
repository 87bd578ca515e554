"""Reads an answer that came whole, from a server that was asked for a stream and doesn't know how. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_whole(content_type: str, path: str) -> bool:
    """Say whether a body is no stream of events, though a chat completion was asked for as one."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind in {"application/json", "text/json"} and path.endswith("/chat/completions")


def as_events(body: bytes) -> Iterator[bytes]:
    """Yield a chat completion as the events of its stream; anything else as it is, for the SDK to judge."""
    try:
        completion = json.loads(body)
        chunk = completion | {
            "object": "chat.completion.chunk",
            "choices": [_choice(choice) for choice in completion["choices"]],
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        yield body
        return
    yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


def _choice(choice: dict[str, Any]) -> dict[str, Any]:
    return {
        "index": choice.get("index") or 0,
        "delta": choice["message"],
        "finish_reason": choice.get("finish_reason") or "stop",
    }
