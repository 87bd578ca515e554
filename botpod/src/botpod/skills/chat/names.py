"""People's names as a model may see them: whoever chooses a name must not speak through it."""

from __future__ import annotations

import unicodedata

_LONGEST = 32
_NOT_IN_NAMES = frozenset("[]{}<>():;`\"'|\\/#*_~")
SOMEONE = "someone"


def safe_name(name: str) -> str:
    """Return ``name`` in one short line, without what could end its brackets or begin a new voice."""
    plain = "".join(
        " " if character in _NOT_IN_NAMES or unicodedata.category(character)[0] in "CZ" else character
        for character in unicodedata.normalize("NFKC", name)
    )
    return " ".join(plain.split())[:_LONGEST].strip() or SOMEONE
