"""The lists of models that the vendors show, which is also how a key is tried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.models.conversation import Vendor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botpod_local.models.frames import Json

SHOWN = {
    Vendor.OPENAI: ("gpt-5", "gpt-5-mini", "text-embedding-3-small"),
    Vendor.AZURE: ("gpt-5-mini", "text-embedding-3-small"),
    Vendor.ANTHROPIC: ("claude-haiku-4-5", "claude-sonnet-4-5"),
}
"""What the lists show where nobody said which models there are."""

_CREATED = 1_757_000_000
_CREATED_TEXT = "2025-09-04T15:33:20Z"


def entry(vendor: Vendor, name: str) -> Json:
    """Return what ``vendor`` says about one model."""
    if vendor is Vendor.ANTHROPIC:
        return {
            "type": "model",
            "id": name,
            "display_name": f"{name} (stand-in)",
            "created_at": _CREATED_TEXT,
            "deprecated_at": None,
            "lifecycle": "active",
            "retires_at": None,
        }
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "botpod-stand-in"}


def listing(vendor: Vendor, names: Iterable[str]) -> Json:
    """Return the whole list."""
    data = [entry(vendor, name) for name in sorted(names)]
    if vendor is Vendor.ANTHROPIC:
        ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
        return {"data": data, "has_more": False, **ends}
    return {"object": "list", "data": data}
