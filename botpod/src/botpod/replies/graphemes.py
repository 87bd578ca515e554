"""Where a text may be cut without tearing apart what a reader sees as one character."""

from __future__ import annotations

from unicodedata import category

_ZERO_WIDTH_JOINER = "\u200d"


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _extends(character: str) -> bool:
    return (
        character == _ZERO_WIDTH_JOINER
        or category(character) in {"Mn", "Mc", "Me"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals
    )


def is_boundary(text: str, index: int) -> bool:
    """Say whether ``text`` may be cut before ``index``: not within an emoji, a flag, an accent or CR LF."""
    if not 0 < index < len(text):
        return True
    before, after = text[index - 1], text[index]
    if before == _ZERO_WIDTH_JOINER or _extends(after) or (before == "\r" and after == "\n"):
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        first = index
        while first > 0 and _is_flag_half(text[first - 1]):
            first -= 1
        return (index - first) % 2 == 0
    return True
