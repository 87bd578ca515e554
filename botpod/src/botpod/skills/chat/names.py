"""People's names as a model may see them: whoever chooses a name must not speak through it."""

from __future__ import annotations

import unicodedata

from botpod.guards.invisible import visible

_LONGEST = 32
_NOT_IN_NAMES = frozenset("[]{}<>():;`\"'|\\/#*_~\u2800")
_JOINERS = frozenset("\u200c\u200d")
SOMEONE = "someone"


def safe_name(name: str) -> str:
    """Return ``name`` in one short line, without what could end its brackets or begin a new voice."""
    plain = "".join(
        " " if _may_speak(character) else character
        for character in visible(unicodedata.normalize("NFKC", visible(name)))
    )
    # A cut may leave a joiner with nothing to join.
    return visible(" ".join(plain.split())[:_LONGEST]).strip() or SOMEONE


def _may_speak(character: str) -> bool:
    return character in _NOT_IN_NAMES or (
        unicodedata.category(character)[0] in "CZ" and character not in _JOINERS
    )
