"""The one place that runs pydantic-ai's requests: text out, and its errors turned into ours."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod.errors import Transient
from botpod.models.ending import Declined, Empty, Shortened, Unbegun
from botpod.models.failures import ours
from botpod.models.pieces import Readable
from botpod.models.thoughts import Thoughts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.models import Model, StreamedResponse


MAX_CHARACTERS = 500_000
"""Of one answer and the thoughts before it, which pydantic-ai keeps: 100,000 tokens and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds: for the first sign of an answer, between two pieces, for all of it."""

    first: float
    between: float
    whole: float


@dataclass(slots=True)
class Usage:
    """Tokens that the vendor counted, as far as it said."""

    input_tokens: int = 0
    output_tokens: int = 0


async def text(
    model: Model,
    messages: list[ModelMessage],
    *,
    patience: Patience,
    credential: str | None,
    usage: Usage,
    thoughts: Thoughts | None = None,
) -> AsyncGenerator[str]:
    """Yield the answer's text as it comes, without what is only thought; ``usage`` is filled at the end.

    Raises :class:`botpod.errors.Transient` when it failed, broke off or took too long,
    :class:`botpod.errors.CredentialRefused` (naming ``credential``) or :class:`botpod.errors.Rejected` when
    trying again changes nothing; those of :mod:`botpod.models.ending` when it ended and isn't whole.
    """
    from pydantic_ai.direct import model_request_stream  # noqa: PLC0415 - only where a model is configured

    loop = asyncio.get_running_loop()
    left = MAX_CHARACTERS
    end = loop.time() + patience.whole
    readable, abandoned = Readable(thoughts or Thoughts()), False
    try:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(patience.first):
                response = await stack.enter_async_context(model_request_stream(model, messages))
                events = aiter(response)
                event = await anext(events, None)
            while event is not None:
                left = _without(event, left)
                if piece := readable.feed(_text_of(event)):
                    abandoned = True
                    yield piece
                    abandoned = False
                async with asyncio.timeout_at(min(loop.time() + patience.between, end)):
                    event = await anext(events, None)
            usage.input_tokens, usage.output_tokens = (
                response.usage.input_tokens,
                response.usage.output_tokens,
            )
            if rest := readable.finish(whole=response.finish_reason != "length"):
                abandoned = True
                yield rest
                abandoned = False
            _check_end(response, seen=readable.seen)
    except Exception as error:  # noqa: BLE001 - no third party's exception passes this line
        if not abandoned:  # else closing failed, and nobody waits for the text
            raise ours(error, credential=credential) from None


def _without(event: object, left: int) -> int:
    """Return how many characters may still come after this event's, text or what is only thought."""
    left -= _size_of(event)
    if left < 0:
        raise Transient("Its answer is longer than any that is read.")
    return left


def _size_of(event: object) -> int:
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent  # noqa: PLC0415

    match event:
        case PartStartEvent(part=part):
            content = getattr(part, "content", None)
        case PartDeltaEvent(delta=delta):
            content = getattr(delta, "content_delta", None)
        case _:
            return 0
    return len(content) if isinstance(content, str) else 0


def _text_of(event: object) -> str:
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta  # noqa: PLC0415

    match event:
        case PartStartEvent(part=TextPart(content=content)):
            return content
        case PartDeltaEvent(delta=TextPartDelta(content_delta=content)):
            return content
        case _:
            return ""


def _check_end(response: StreamedResponse, *, seen: bool) -> None:
    """Raise where an answer isn't whole."""
    details = response.provider_details or {}
    match response.finish_reason:
        case None if not details.get("finish_reason"):
            raise Transient("The answer broke off without its end.")
        case "content_filter":
            raise Declined(details.get("refusal"))
        case "length":
            raise Shortened("It reached the greatest length.") if seen else Unbegun("It only thought.")
        case "error":
            raise Transient("It reported an error in the middle of its answer.")
    if not seen:
        raise Empty("Its answer was empty.")
