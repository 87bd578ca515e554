"""The one place that runs pydantic-ai's requests: text out, and its errors turned into ours."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod.errors import Transient
from botpod.models.failures import ours

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.models import Model, StreamedResponse


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
) -> AsyncGenerator[str]:
    """Yield the answer's text as it comes; ``usage`` is filled at the end.

    Raises :class:`botpod.errors.Transient` when it failed, broke off, took too long or was empty,
    :class:`botpod.errors.CredentialRefused` (naming ``credential``) or :class:`botpod.errors.Rejected` when
    trying again changes nothing.
    """
    from pydantic_ai.direct import model_request_stream  # noqa: PLC0415 - only where a model is configured

    loop = asyncio.get_running_loop()
    end = loop.time() + patience.whole
    written = abandoned = False
    try:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(patience.first):
                response = await stack.enter_async_context(model_request_stream(model, messages))
                events = aiter(response)
                event = await anext(events, None)
            while event is not None:
                if piece := _text_of(event):
                    written = abandoned = True
                    yield piece
                    abandoned = False
                async with asyncio.timeout_at(min(loop.time() + patience.between, end)):
                    event = await anext(events, None)
            _check_end(response, written=written)
            usage.input_tokens, usage.output_tokens = (
                response.usage.input_tokens,
                response.usage.output_tokens,
            )
    except Exception as error:  # noqa: BLE001 - no third party's exception passes this line
        if not abandoned:  # else closing failed, and nobody waits for the text
            raise ours(error, credential=credential) from None


def _text_of(event: object) -> str:
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta  # noqa: PLC0415

    match event:
        case PartStartEvent(part=TextPart(content=content)):
            return content
        case PartDeltaEvent(delta=TextPartDelta(content_delta=content)):
            return content
        case _:
            return ""


def _check_end(response: StreamedResponse, *, written: bool) -> None:
    details = response.provider_details or {}
    if response.finish_reason is None and not details.get("finish_reason"):
        raise Transient("The answer broke off without its end.")
    if not written:
        reason = response.finish_reason or "no reason"
        raise Transient(f"The answer was empty ({reason}).")
