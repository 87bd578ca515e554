"""Cuts a text into messages that Discord takes, at places where a reader would cut it. Pure.

Discord counts code points (discord-api-docs#1315), as Python's ``len`` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod.replies.fences import Fences, closing, reopening
from botpod.replies.graphemes import is_boundary
from botpod.replies.port import CONTENT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\n")
# The ideographic full stop and the full-width ! and ? end sentences without a blank.
_SENTENCE = re.compile("[.!?\u2026][)\"'\u201d\u2019]?\\s+|[\u3002\uff01\uff1f]\\s*")
_WORD = re.compile(r"\s+")
LOOK_AHEAD = 32
"""With this much text behind the limit, nothing that comes later changes where the cut falls."""
_WORTH_HALF = (_PARAGRAPH, _LINE, _SENTENCE)
_LATE_BLOCK = 0.6
"""A code block that begins this late in a message moves to the next one as a whole."""
_FENCE_ROOM = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """One message: ``text`` to send, ``size`` characters of the source in it, ``opened`` for what follows."""

    text: str
    size: int
    opened: str | None


def clean(text: str) -> str:
    """Replace what can't be sent as UTF-8."""
    return _LONE_SURROGATES.sub("\ufffd", text)


def split(text: str, *, limit: int = CONTENT_LIMIT) -> tuple[str, ...]:
    """Return the messages that ``text`` makes, none of them blank, each with its code blocks closed."""
    text = clean(text)
    start, opened = 0, None
    messages: list[str] = []
    while start < len(text):
        piece = first(text[start:], opened=opened, limit=limit)
        if text[start : start + piece.size].strip():
            messages.append(piece.text)
        start, opened = start + piece.size, piece.opened
    return tuple(messages)


def first(text: str, *, opened: str | None = None, limit: int = CONTENT_LIMIT) -> Piece:
    """Return the first message of ``text``, which continues a code block of language ``opened`` if any."""
    fences = Fences(text, opened)
    prefix = reopening(opened)
    rendered = _rendered(text, len(text), prefix, fences)
    if len(rendered) <= limit:
        return Piece(rendered, len(text), fences.opened_at(len(text)))
    room = min(limit - len(prefix), len(text) - 1)
    size = next(
        (
            cut
            for cut in _cuts(text, room, fences)
            if 0 < cut <= room
            and fences.may_cut(cut)
            and is_boundary(text, cut)
            and len(_rendered(text, cut, prefix, fences)) <= limit
        ),
        max(1, room - _FENCE_ROOM),
    )
    return Piece(_rendered(text, size, prefix, fences), size, fences.opened_at(size))


def _rendered(text: str, size: int, prefix: str, fences: Fences) -> str:
    body = text[:size]
    return prefix + body + closing(body, fences.opened_at(size))


def _cuts(text: str, room: int, fences: Fences) -> Iterator[int]:
    """Yield places to cut, the best first; later ones in the text come before earlier ones."""
    block = fences.block_start(room)
    if block is not None and block >= room * _LATE_BLOCK:
        yield block
    for pattern in _WORTH_HALF:
        yield from _ends(pattern, text, room // 2, room)
    yield from _ends(_WORD, text, room // 4, room)
    yield from _ends(_LINE, text, 0, room)
    yield from range(room, 0, -1)


def _ends(pattern: re.Pattern[str], text: str, low: int, high: int) -> Iterator[int]:
    ends = [min(match.end(), high) for match in pattern.finditer(text, 0, high + 1) if match.end() > low]
    return reversed(ends)
