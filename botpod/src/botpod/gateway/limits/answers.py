"""What an answer of Discord's says about limits. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EDGE_SECONDS = 60.0
"""How long nothing is sent after a refusal of Discord's edge that doesn't say how long."""
_UNAUTHORISED, _FORBIDDEN, _TOO_MANY = 401, 403, 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a bucket stood when an answer left; ``resets`` by Discord's clock, ``reset_after`` in seconds."""

    bucket: str
    limit: int
    remaining: int
    resets: float
    reset_after: float


def reading(headers: Mapping[str, str]) -> Reading | None:
    """Return what the headers say of the bucket; None where they say nothing, or nothing that makes sense."""
    try:
        found = Reading(
            bucket=headers["X-RateLimit-Bucket"],
            limit=int(headers["X-RateLimit-Limit"]),
            remaining=int(headers["X-RateLimit-Remaining"]),
            resets=float(headers["X-RateLimit-Reset"]),
            reset_after=float(headers["X-RateLimit-Reset-After"]),
        )
    except (KeyError, ValueError):
        return None
    sensible = found.limit > 0 and found.remaining >= 0 and found.reset_after >= 0
    return found if sensible and math.isfinite(found.resets) and math.isfinite(found.reset_after) else None


class Scope(StrEnum):
    """Whose limit a 429 is about."""

    USER = "user"
    """This bot's, in one bucket of one resource."""
    GLOBAL = "global"
    """This bot's, in all it does."""
    SHARED = "shared"
    """That of a resource which others use too; Discord doesn't hold it against us."""
    EDGE = "edge"
    """The address's: whatever stands before Discord refuses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A 429; ``retry_after`` in seconds."""

    scope: Scope
    retry_after: float


def refusal(headers: Mapping[str, str], body: object) -> Refusal:
    """Return what a 429 says. Discord's own says in its body how long; what else answers so is the edge."""
    asked = retry_after(headers, body)
    if not isinstance(body, dict) or asked is None:
        return Refusal(scope=Scope.EDGE, retry_after=EDGE_SECONDS if asked is None else asked)
    said = headers.get("X-RateLimit-Scope")
    if said == Scope.GLOBAL or headers.get("X-RateLimit-Global") == "true" or body.get("global") is True:
        return Refusal(scope=Scope.GLOBAL, retry_after=asked)
    return Refusal(scope=Scope.SHARED if said == Scope.SHARED else Scope.USER, retry_after=asked)


def retry_after(headers: Mapping[str, str], body: object) -> float | None:
    """Return the seconds an answer asks to wait, or None where it asks nothing."""
    asked = body.get("retry_after") if isinstance(body, dict) else headers.get("Retry-After")
    try:
        seconds = float(asked) if asked is not None else None
    except (TypeError, ValueError):
        return None
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


def counts_as_invalid(status: int, scope: Scope | None) -> bool:
    """Say whether Discord counts an answer towards the 10,000 in ten minutes that make it ban an address."""
    return status in {_UNAUTHORISED, _FORBIDDEN} or (status == _TOO_MANY and scope is not Scope.SHARED)
