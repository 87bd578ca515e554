"""Makes what a person typed safe to pass on."""

from __future__ import annotations

MAX_CHARACTERS = 4000

_KEPT = frozenset("\t\n\r")
_CONTROL = {code: None for code in (*range(0x20), 0x7F) if chr(code) not in _KEPT}


def sanitise(text: str, *, limit: int = MAX_CHARACTERS) -> str:
    """Return ``text`` without control characters and blanks around it, cut at ``limit`` characters.

    Removed are 00-08, 0B, 0C, 0E-1F and 7F (hexadecimal); tabs and line ends stay, so that code survives.
    """
    return text.translate(_CONTROL).strip()[:limit]
