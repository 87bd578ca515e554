"""Cuts a text into messages that Discord takes, at places where a reader would cut it. Pure.

Discord counts code points (discord-api-docs#1315), as Python's ``len`` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from botpod.guards.invisible import visible
from botpod.replies.dialect import discords
from botpod.replies.fences import Fences, closing, reopening
from botpod.replies.graphemes import is_boundary
from botpod.replies.inline import SPOILER, Inline
from botpod.replies.links import shown
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
_SEEN = 2 * CONTENT_LIMIT
"""Characters that are looked at for what one message opens and closes."""
_INDENTED = re.compile(r"[ \t]+\S")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a message goes on with: a code block's ``language``, None for none, within ``marks``."""

    language: str | None = None
    marks: tuple[str, ...] = ()

    def before(self, text: str) -> str:
        """Return ``text`` with all of it opened again."""
        marks = "".join(self.marks)
        if marks and self.language is None:
            text = text.lstrip()
        return marks + reopening(self.language) + text

    def behind(self, text: str) -> str:
        """Return ``text`` with all of it closed."""
        text += closing(text, self.language)
        return text.rstrip() + "".join(reversed(self.marks)) if self.marks else text


@dataclass(frozen=True, slots=True)
class Piece:
    """One message: ``text`` to send, ``size`` characters of the source in it, ``opened`` for what follows."""

    text: str
    size: int
    opened: Opened = field(default_factory=Opened)


def clean(text: str) -> str:
    """Replace what can't be sent as UTF-8, and take out what nobody would see."""
    return visible(_LONE_SURROGATES.sub("\ufffd", text))


def ready(text: str, *, ended: bool = True) -> str:
    """Return what :func:`first` takes of ``text``: clean, and in Discord's Markdown."""
    return discords(clean(text), ended=ended)


def split(text: str, *, limit: int = CONTENT_LIMIT) -> tuple[str, ...]:
    """Return the messages that ``text`` makes, none of them blank, each with what it opens closed."""
    text = ready(text)
    start, opened = 0, Opened()
    messages: list[str] = []
    while start < len(text):
        piece = first(text[start:], opened=opened, limit=limit)
        if text[start : start + piece.size].strip():
            messages.append(piece.text)
        start, opened = start + piece.size, piece.opened
    return tuple(messages)


def first(text: str, *, opened: Opened, limit: int = CONTENT_LIMIT) -> Piece:
    """Return the first message of ``text``, which continues what is ``opened``.

    Every link in it shows where it leads, which takes room.
    """
    room = limit
    while True:
        piece = _Text(text, opened).first(room)
        honest = shown(piece.text)
        if len(honest) <= limit:
            return replace(piece, text=honest)
        room -= len(honest) - limit


class _Text:
    """What is left of a text, with what is open where it begins."""

    def __init__(self, text: str, opened: Opened) -> None:
        self._text = text
        self._opened = opened
        self._fences = Fences(text, opened.language)
        self._inline = Inline(text[:_SEEN], opened.marks, opened.language is not None)

    def first(self, limit: int) -> Piece:
        """Return as much as ``limit`` characters hold."""
        piece = self._piece(len(self._text))
        if len(piece.text) <= limit:
            return piece
        room = min(limit - len(self._opened.before("")), len(self._text) - 1)
        for cut in _cuts(self._text, room, self._fences):
            if 0 < cut <= room and self._may_cut(cut):
                piece = self._piece(cut)
                if len(piece.text) <= limit:
                    return piece
        return self._torn(room)

    def _may_cut(self, cut: int) -> bool:
        return (
            self._fences.may_cut(cut)
            and is_boundary(self._text, cut)
            and (self._fences.opened_at(cut) is not None or self._inline.may_cut(cut))
        )

    def _torn(self, room: int) -> Piece:
        """Cut where it tears something apart, as no other place is left."""
        size = max(1, room - _FENCE_ROOM)
        spoiler = tuple(mark for mark in self._inline.open_at(size) if mark == SPOILER)
        opened = Opened(self._fences.opened_at(size), spoiler)
        return Piece(opened.behind(self._opened.before(self._text[:size])), size, opened)

    def _piece(self, size: int) -> Piece:
        opened = Opened(self._fences.opened_at(size), self._inline.open_at(size))
        return Piece(opened.behind(self._opened.before(self._text[:size])), size, opened)


def _cuts(text: str, room: int, fences: Fences) -> Iterator[int]:
    """Yield places to cut, the best first; later ones in the text come before earlier ones."""
    block = fences.block_start(room)
    if block is not None and block >= room * _LATE_BLOCK:
        yield block
    if block is None:
        yield from _between_items(text, room)
    for pattern in _WORTH_HALF:
        yield from _ends(pattern, text, room // 2, room)
    yield from _ends(_WORD, text, room // 4, room)
    yield from _ends(_LINE, text, 0, room)
    yield from range(room, 0, -1)


def _between_items(text: str, room: int) -> Iterator[int]:
    """Yield ends of lines before lines that aren't indented, where the last that fits is before one that is.

    The blanks before a message are lost, and with them what a list's item belongs to.
    """
    ends = list(_ends(_LINE, text, room // 4, room))
    if ends and _INDENTED.match(text, ends[0]):
        yield from (end for end in ends if not _INDENTED.match(text, end))


def _ends(pattern: re.Pattern[str], text: str, low: int, high: int) -> Iterator[int]:
    ends = [min(match.end(), high) for match in pattern.finditer(text, 0, high + 1) if match.end() > low]
    return reversed(ends)
