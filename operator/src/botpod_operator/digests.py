"""What stands for an object once it was looked at: a digest, so that the object need not be kept."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LENGTH = 16
"""Hex digits kept: 64 bits, plenty to tell two states of one object apart."""


def digest(content: Mapping[str, object] | Sequence[object] | str) -> str:
    """Return a short digest of JSON-like content, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]
