"""How a text that programs made becomes a sentence for people. Pure."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z]+")


def capitalized(text: str) -> str:
    """Begin with a capital, unless the first word is a name: ``discord-token`` is no ``Discord-token``."""
    first = text.split(maxsplit=1)[0].rstrip(",;:.") if text.strip() else ""
    return text[0].upper() + text[1:] if _PLAIN.fullmatch(first) else text
