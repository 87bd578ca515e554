"""Plausible token counts and the pieces that a stream comes in; both depend on the text alone."""

from __future__ import annotations

import math
import re

CHARACTERS_PER_TOKEN = 4
"""What vendors' guides give as the rule of thumb for English."""

_WORD = re.compile(r"\s*\S+|\s+")


def count(text: str) -> int:
    """Return about as many tokens as a real tokenizer would count; at least one."""
    return max(1, math.ceil(len(text) / CHARACTERS_PER_TOKEN))


def pieces(text: str, words: int = 1) -> list[str]:
    """Split ``text`` into what a stream sends one by one, ``words`` words each; joined they are the text."""
    found = _WORD.findall(text)
    return ["".join(found[i : i + words]) for i in range(0, len(found), words)]


def shorten(text: str, max_tokens: int | None) -> tuple[str, bool]:
    """Return at most ``max_tokens`` of ``text``, and whether something had to go."""
    limit = len(text) if max_tokens is None else max_tokens * CHARACTERS_PER_TOKEN
    return text[:limit], len(text) > limit
