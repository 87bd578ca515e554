"""How long a service asks to wait. Pure."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 3600.0
"""Nobody waits longer than an hour for one word of a server."""


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the seconds of Retry-After: a number or a date (RFC 9110, 10.2.3); ``now`` is Unix time.

    GitHub's primary limit says the Unix time of its end instead, in X-RateLimit-Reset beside a
    X-RateLimit-Remaining of 0.
    """
    if (given := headers.get("Retry-After")) is not None:
        return _bounded(_seconds(given.strip(), now))
    if headers.get("X-RateLimit-Remaining") == "0":
        reset = _number(headers.get("X-RateLimit-Reset", ""))
        return _bounded(None if reset is None else reset - now)
    return None


def _seconds(text: str, now: float) -> float | None:
    number = _number(text)
    if number is not None:
        return number
    try:
        return parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError, OSError):
        return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _bounded(seconds: float | None) -> float | None:
    if seconds is None or math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST)
