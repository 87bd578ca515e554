"""Which failed requests may be sent again, and when. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from botpod.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RETRIES = 3
"""How often a request is sent again after a failure that passes."""
PASSING = frozenset({500, 502, 503, 504})
"""Answers that say nothing about the request: Discord, or what stands before it, is in trouble."""
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_FIRST_ANSWER = re.compile(r"/interactions/\d+/[^/]+/callback$")
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 4.0


class Unconfirmed(Rejected):
    """It was sent and its answer lost: it may have been carried out, and doing it again could do it twice."""


def repeatable(
    method: str, path: str, payload: object, form: Iterable[Mapping[str, Any]] | None = None
) -> bool:
    """Say whether a request may be sent again after its answer was lost.

    Reading, setting and deleting end the same however often they are done; a message with an enforced nonce
    is sent once; an interaction takes one first answer. An edit is none of these: a late repetition could
    undo a newer one.
    """
    if method in _IDEMPOTENT or _FIRST_ANSWER.search(path):
        return True
    for field in form or ():
        if field.get("name") == "payload_json":
            payload = json.loads(field["value"])
    return isinstance(payload, dict) and bool(payload.get("enforce_nonce")) and "nonce" in payload


def again(*, reached: bool, repeatable: bool, failures: int) -> bool:
    """Say whether to send a request again that failed ``failures`` times.

    ``reached``: it came to Discord, or may have; else it surely didn't.
    """
    return failures <= RETRIES and (repeatable or not reached)


def delay(failures: int, *, random: float) -> float:
    """Return the seconds to wait after ``failures`` in a row; ``random`` (0 to 1) picks in the upper half."""
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(failures - 1, 8))
    return longest * (0.5 + random / 2)
