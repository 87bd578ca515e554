"""Which formats there are for asking a model something; each is pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botpod_local.models import anthropic_messages, azure_chat, openai_chat, openai_responses
from botpod_local.models.conversation import Ask, Turn, Vendor
from botpod_local.models.frames import Frame, Json, Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from botpod_local.models.replies import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one vendor is asked and answers.

    ``read`` takes the body, the deployment's name where the address has it, and earlier turns that the body
    only refers to; it raises BadAsk. ``broken`` makes the event of an error inside a stream from the vendor's
    body.
    """

    vendor: Vendor
    read: Callable[[Mapping[str, Any], str | None, Sequence[Turn]], Ask]
    answer: Callable[[Ask, Reply, Stamp], Json]
    frames: Callable[[Ask, Reply, Stamp], Iterable[Frame]]
    broken: Callable[[Json], Frame]


def _chat(vendor: Vendor) -> Format:
    module = azure_chat if vendor is Vendor.AZURE else openai_chat
    return Format(
        vendor=vendor,
        read=lambda body, model, _: openai_chat.read(body, vendor=vendor, model=model),
        answer=module.answer,
        frames=module.frames,
        broken=Frame,
    )


def _responses(vendor: Vendor) -> Format:
    def broken(body: Json) -> Frame:
        error = body["error"]
        said = {"code": error.get("code"), "message": error["message"], "param": None}
        return Frame({"type": "error", "sequence_number": 0, **said}, event="error")

    return Format(
        vendor=vendor,
        read=lambda body, model, before: openai_responses.read(
            body, vendor=vendor, model=model, before=before
        ),
        answer=openai_responses.answer,
        frames=openai_responses.frames,
        broken=broken,
    )


OPENAI_CHAT = _chat(Vendor.OPENAI)
AZURE_CHAT = _chat(Vendor.AZURE)
OPENAI_RESPONSES = _responses(Vendor.OPENAI)
AZURE_RESPONSES = _responses(Vendor.AZURE)
ANTHROPIC = Format(
    vendor=Vendor.ANTHROPIC,
    read=lambda body, _model, _before: anthropic_messages.read(body),
    answer=anthropic_messages.answer,
    frames=anthropic_messages.frames,
    broken=lambda body: Frame(body, event="error"),
)
