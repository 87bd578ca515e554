"""Azure OpenAI's chat completions: OpenAI's, with the content filter's findings added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.models import openai_chat
from botpod_local.models.frames import Frame, Json, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_local.models.conversation import Ask
    from botpod_local.models.replies import Reply

_CATEGORIES = ("hate", "self_harm", "sexual", "violence")


def _safe() -> dict[str, Any]:
    return {category: {"filtered": False, "severity": "safe"} for category in _CATEGORIES}


def _prompt() -> list[Json]:
    return [{"prompt_index": 0, "content_filter_results": _safe()}]


def answer(ask: Ask, reply: Reply, stamp: Stamp) -> Json:
    """Return the whole answer."""
    body = openai_chat.answer(ask, reply, stamp)
    del body["service_tier"]
    for choice in body["choices"]:
        choice["content_filter_results"] = _safe()
        del choice["message"]["annotations"]
    body["prompt_filter_results"] = _prompt()
    return body


def frames(ask: Ask, reply: Reply, stamp: Stamp) -> Iterator[Frame]:
    """Yield the stream, which begins with a chunk that has no choices, as Azure's do.

    That chunk's ``object`` is empty at Azure itself; their own description forbids it, so it is not here.
    """
    head: Json = {"id": "", "object": "chat.completion.chunk", "created": 0, "model": "", "choices": []}
    yield Frame({**head, "prompt_filter_results": _prompt()})
    for frame in openai_chat.frames(ask, reply, stamp):
        if isinstance(frame.data, str):
            yield frame
            continue
        data = {name: value for name, value in frame.data.items() if name != "service_tier"}
        filtered = [{**choice, "content_filter_results": {}} for choice in data["choices"]]
        yield Frame({**data, "choices": filtered}, piece=frame.piece)
