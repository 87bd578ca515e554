"""What can go wrong at a vendor, on order."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from botpod_local.models.conversation import Vendor

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that goes wrong, for ``times`` requests (``None``: until healed) of a vendor or of any.

    ``status`` answers with that status and the vendor's own error; with 429 comes ``retry_after`` (seconds).
    ``first_token`` and ``between_tokens`` are seconds of delay. ``cut_after`` drops the connection,
    ``stall_after`` falls silent, ``error_after`` sends the vendor's error inside the stream: each after that
    many pieces (an answer that isn't streamed is cut or stalls before its first byte).
    """

    status: int | None = None
    retry_after: float | None = None
    first_token: float = 0.0
    between_tokens: float = 0.0
    cut_after: int | None = None
    stall_after: int | None = None
    error_after: int | None = None
    times: int | None = 1
    vendor: Vendor | None = None
    model: str | None = None

    def covers(self, vendor: Vendor, model: str) -> bool:
        """Say whether a request to ``vendor`` for ``model`` meets this trouble."""
        return self.vendor in {None, vendor} and self.model in {None, model}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """Read what the HTTP control takes: the fields above. Raises ValueError with a sentence."""
        unknown = set(body) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown field {min(unknown)!r}: use {', '.join(f.name for f in fields(cls))}")
        vendor = body.get("vendor")
        return cls(**{**body, "vendor": None if vendor is None else Vendor(vendor)})


NONE = Trouble(times=None)
"""Nothing is wrong."""
