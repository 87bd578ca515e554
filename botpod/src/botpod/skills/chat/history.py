"""How much of what was said before a model is told. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botpod.skills.protocol import Turn


def within(turns: Sequence[Turn], *, messages: int, characters: int) -> tuple[Turn, ...]:
    """Return the newest ``turns`` within both bounds, oldest first as they were given, a question first."""
    kept: list[Turn] = []
    left = characters
    for turn in reversed(turns[-messages:] if messages else ()):
        left -= len(turn.content)
        if left < 0:
            break
        kept.append(turn)
    while kept and kept[-1].role == "assistant":
        kept.pop()
    return tuple(reversed(kept))
