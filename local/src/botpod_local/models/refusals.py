"""What each vendor says when it refuses: bodies and headers in the vendor's own manner."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botpod_local.models.conversation import Vendor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_local.models.frames import Json

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY, SERVER_ERROR, UNAVAILABLE, OVERLOADED = (
    400,
    401,
    403,
    404,
    429,
    500,
    503,
    529,
)

_ANTHROPIC_TYPES = {
    BAD_REQUEST: "invalid_request_error",
    UNAUTHORIZED: "authentication_error",
    FORBIDDEN: "permission_error",
    NOT_FOUND: "not_found_error",
    TOO_MANY: "rate_limit_error",
    504: "timeout_error",
    OVERLOADED: "overloaded_error",
}
_MESSAGES = {
    TOO_MANY: "The stand-in was told to limit the rate: wait as long as the retry-after header says.",
    SERVER_ERROR: "The stand-in was told to fail.",
    UNAVAILABLE: "The stand-in was told to be unavailable.",
    OVERLOADED: "Overloaded",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is an error."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


def refuse(
    vendor: Vendor,
    status: int,
    message: str | None = None,
    *,
    code: str | None = None,
    param: str | None = None,
    retry_after: float | None = None,
) -> Refusal:
    """Return ``vendor``'s refusal; ``code`` is OpenAI's and Azure's reason, ``retry_after`` in seconds."""
    said = message or _MESSAGES.get(status, f"The stand-in was told to answer {status}.")
    headers = _limit_headers(vendor, retry_after or 1.0) if status == TOO_MANY else {}
    return Refusal(status, _BODIES[vendor](status, said, code, param), headers)


def wrong_key(vendor: Vendor, key: str) -> Refusal:
    """Return what ``vendor`` says to a key it doesn't know, or to none."""
    if vendor is Vendor.ANTHROPIC:
        said = "invalid x-api-key" if key else "x-api-key header is required"
        return refuse(vendor, UNAUTHORIZED, said)
    if vendor is Vendor.AZURE:
        said = "Access denied due to invalid subscription key or wrong API endpoint."
        return refuse(vendor, UNAUTHORIZED, said, code="401")
    if not key:
        return refuse(vendor, UNAUTHORIZED, "You didn't provide an API key.")
    masked = f"{key[:3]}****{key[-4:]}" if len(key) > 11 else "****"  # noqa: PLR2004 - shorter, it'd be readable
    return refuse(vendor, UNAUTHORIZED, f"Incorrect API key provided: {masked}.", code="invalid_api_key")


def _openai(status: int, message: str, code: str | None, param: str | None) -> Json:
    kinds = {
        TOO_MANY: "requests",
        BAD_REQUEST: "invalid_request_error",
        UNAUTHORIZED: "invalid_request_error",
    }
    kinds |= {NOT_FOUND: "invalid_request_error", FORBIDDEN: "invalid_request_error"}
    codes = {TOO_MANY: "rate_limit_exceeded"}
    kind = kinds.get(status, "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code or codes.get(status)}}


def _azure(status: int, message: str, code: str | None, param: str | None) -> Json:
    found: dict[str, Any] = {"code": code or str(status), "message": message}
    return {"error": {**found, "param": param} if param else found}


def _anthropic(status: int, message: str, _code: str | None, _param: str | None) -> Json:
    kind = _ANTHROPIC_TYPES.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_standin"}


_BODIES = {Vendor.OPENAI: _openai, Vendor.AZURE: _azure, Vendor.ANTHROPIC: _anthropic}


def _limit_headers(vendor: Vendor, seconds: float) -> dict[str, str]:
    # Retry-After counts in whole seconds; the finer header is what the vendors' own clients read first.
    after = str(max(1, math.ceil(seconds)))
    if vendor is Vendor.ANTHROPIC:
        return {
            "retry-after": after,
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "0",
        }
    return {
        "retry-after": after,
        "retry-after-ms": str(math.ceil(seconds * 1000)),
        "x-ratelimit-limit-requests": "50",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": f"{seconds:g}s",
    }
