"""What in a text must not be torn, and what is open at a place: spoilers, emphasis. Pure.

Emphasis ends with its paragraph, as whoever wrote it meant; a spoiler goes on until it is closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SPOILER = "||"
_TOKEN = re.compile(
    r"(?P<fence>`{3,})"
    r"|(?P<escape>\\(?!`{3})[^\n])"
    r"|(?P<whole>(?<!`)(?P<ticks>`{1,2})(?!`)[^\n]{1,1000}?(?<!`)(?P=ticks)(?!`)"
    r"|!?\[[^\[\]\n]{0,300}\]\((?:[^\s()]|\([^\s()]*\)|[ \t](?=[\"'])|(?<=[\"'\w])[ \t]){0,600}\)"
    r"|<[^<>\s]{1,300}>|https?://[^\s<>|]{1,600}"
    # Their end hasn't come yet.
    r"|`{1,2}(?!`)[^`\n]{0,300}\Z|\[[^\[\]\n]{0,300}(?:\](?:\([^\s()]{0,600})?)?\Z)"
    r"|(?P<paragraph>\n[ \t]*(?=\n))"
    r"|(?P<mark>\|\||\*{1,3}|_{1,3}|~~)"
)


@dataclass(slots=True)
class _Span:
    """From ``start`` to ``end`` with the marks around it, from ``first`` to ``last`` without."""

    mark: str
    start: int
    first: int
    last: int
    end: int
    carried: bool = False


@dataclass(slots=True)
class Inline:
    """``marks`` are open where ``text`` begins; ``code`` says whether a block of code is."""

    text: str
    marks: tuple[str, ...] = ()
    code: bool = False
    _whole: list[tuple[int, int]] = field(default_factory=list)
    _spans: list[_Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        beyond = len(self.text) + 1
        open_ = [_Span(mark, -1, 0, beyond, beyond, carried=True) for mark in self.marks]
        inside = self.code
        for found in _TOKEN.finditer(self.text):
            if found["fence"]:
                inside = not inside
            if found["fence"] or (found["paragraph"] is not None and not inside):
                open_ = [span for span in open_ if span.mark == SPOILER or self._ends(span, found.start())]
            elif inside:
                continue
            elif found["mark"]:
                self._mark(found, open_, beyond)
            elif found["whole"] or found["escape"]:
                self._whole.append(found.span())
        self._spans = sorted([*self._spans, *open_], key=lambda span: span.start)

    def _ends(self, span: _Span, place: int) -> bool:
        """End what was opened in an earlier message; what wasn't is no emphasis."""
        if span.carried:
            span.last = span.end = place
            self._spans.append(span)
        return False

    def _mark(self, found: re.Match[str], open_: list[_Span], beyond: int) -> None:
        mark, start, end = found["mark"], found.start(), found.end()
        before = self.text[start - 1] if start else " "
        after = self.text[end] if end < len(self.text) else " "
        self._whole.append((start, end))
        names = [span.mark for span in open_]
        closes = mark == SPOILER or (not before.isspace() and not (mark[0] == "_" and after.isalnum()))
        if closes and mark in names:
            place = len(names) - 1 - names[::-1].index(mark)
            self._close(open_, place, start, end)
        elif closes and len(mark) == 3 and {mark[0], mark[:2]} <= set(names):  # noqa: PLR2004 - both at once
            inner, outer = sorted((names.index(mark[0]), names.index(mark[:2])), reverse=True)
            self._close(open_, inner, start, start + len(open_[inner].mark))
            self._close(open_, outer, start + len(mark) - len(open_[outer].mark), end)
        elif mark not in names and self._opens(mark, before, after, end):
            open_.append(_Span(mark, start, end, beyond, beyond))

    def _opens(self, mark: str, before: str, after: str, end: int) -> bool:
        if mark == SPOILER:
            return not after.isspace() or SPOILER in self.text[end:]
        if after.isspace():
            return False
        return not before.isalnum() or mark in {"**", "~~"}

    def _close(self, open_: list[_Span], place: int, last: int, end: int) -> None:
        span = open_[place]
        span.last, span.end = last, end
        self._spans.append(span)
        del open_[place:]

    def may_cut(self, index: int) -> bool:
        """Say whether a cut tears nothing apart, and leaves no marks around nothing."""
        if any(start < index < end for start, end in self._whole):
            return False
        return all(
            self.text[span.first : index].strip() and self.text[index : span.last].strip()
            for span in self._spans
            if span.start < index < span.end
        )

    def open_at(self, index: int) -> tuple[str, ...]:
        """Return the marks that are open before ``index``, the outermost first.

        Where the text ends nobody knows whether more comes: only what must not be seen counts as open there,
        and what was opened in an earlier message.
        """
        at_end = index >= len(self.text)
        return tuple(
            span.mark
            for span in self._spans
            if span.start < index < span.end and (not at_end or span.carried or span.mark == SPOILER)
        )
