"""Code blocks as Discord sees them: three or more backticks open one, the next three or more close it."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

FENCE = "```"
_TICKS = re.compile(r"`{3,}")
_LANGUAGE = re.compile(r"([A-Za-z0-9_+\-.#]{1,20})\n|\n")
_CLOSES_AT_ONCE = re.compile(r"\s*`{3}")


@dataclass(frozen=True, slots=True)
class _Marker:
    """One fence; ``end`` is behind its language and the line's end where it opens a block."""

    start: int
    end: int
    opens: bool
    language: str


class Fences:
    """The fences of ``text``, which may begin inside a block: ``opened`` is its language, else None."""

    def __init__(self, text: str, opened: str | None) -> None:
        self._text = text
        self._opened = opened
        self._markers: list[_Marker] = []
        inside = opened is not None
        for ticks in _TICKS.finditer(text):
            named = None if inside else _LANGUAGE.match(text, ticks.end())
            end = named.end() if named else ticks.end()
            language = (named[1] or "") if named else ""
            self._markers.append(_Marker(ticks.start(), end, not inside, language))
            inside = not inside
        self._starts = [marker.start for marker in self._markers]

    def opened_at(self, index: int) -> str | None:
        """Return the language of the block that is open before ``index``, None outside of one."""
        marker = self._before(index)
        if marker is None:
            return self._opened
        return marker.language if marker.opens else None

    def block_start(self, index: int) -> int | None:
        """Return where the block that is open before ``index`` begins, None where that isn't in this text."""
        marker = self._before(index)
        return marker.start if marker is not None and marker.opens else None

    def may_cut(self, index: int) -> bool:
        """Say whether a cut leaves every fence whole and no block empty on either side."""
        marker = self._before(index)
        if marker is not None and index < marker.end:
            return False
        if self.opened_at(index) is None:
            return True
        content = self._text[marker.end if marker else 0 : index]
        return bool(content.strip()) and _CLOSES_AT_ONCE.match(self._text, index) is None

    def _before(self, index: int) -> _Marker | None:
        place = bisect_left(self._starts, index)
        return self._markers[place - 1] if place else None


def to_close(text: str) -> str:
    """Return what must follow ``text`` so that whatever comes next is not taken for code."""
    return closing(text, Fences(text, None).opened_at(len(text)))


def closing(body: str, opened: str | None) -> str:
    """Return what closes the block that is open at the end of ``body``."""
    if opened is None:
        return ""
    return FENCE if body.endswith("\n") else f"\n{FENCE}"


def reopening(opened: str | None) -> str:
    """Return what opens a block of language ``opened`` again."""
    return "" if opened is None else f"{FENCE}{opened}\n"


def balanced(text: str) -> bool:
    """Say whether every block that opens in ``text`` also closes."""
    return len(_TICKS.findall(text)) % 2 == 0
