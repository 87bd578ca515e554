"""How much of what was said before a model is told. Pure."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botpod.skills.chat.settings import ChatSettings
    from botpod.skills.protocol import Turn


_LATIN = 4
"""Characters of a token in English and its like (4.2 measured); of all other writing there are 1.8."""
_OTHER = 1.8


def tokens(text: str) -> int:
    """Return about how many tokens ``text`` has, rather too many than too few."""
    latin = len(text.encode("latin-1", "ignore"))
    return ceil(latin / _LATIN + (len(text) - latin) / _OTHER)


def within(turns: Sequence[Turn], *, bounds: ChatSettings) -> tuple[Turn, ...]:
    """Return the newest ``turns`` within all bounds, oldest first as they were given, a question first."""
    kept: list[Turn] = []
    characters, room = bounds.history_characters, bounds.history_tokens
    for turn in reversed(turns[-bounds.history_messages :] if bounds.history_messages else ()):
        characters -= len(turn.content)
        room -= tokens(turn.content)
        if characters < 0 or room < 0:
            break
        kept.append(turn)
    while kept and kept[-1].role == "assistant":
        kept.pop()
    return tuple(reversed(kept))
