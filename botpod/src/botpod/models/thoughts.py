"""Takes out of a stream of text what a model thinks aloud before its answer. Pure.

Servers that don't know their model's template send its thoughts as text, between tags that come in any
pieces; where the template itself has opened the thoughts, their end alone is in the text.
"""

from __future__ import annotations

import re
from enum import Enum, auto

_TAGS = ("think", "thinking", "thought", "reasoning")
_FORMS = tuple(form for tag in _TAGS for form in (f"<{tag}>", f"</{tag}>"))
_OPENING = re.compile(f"<(?:{'|'.join(_TAGS)})>", re.IGNORECASE)
_CLOSING = re.compile(f"</(?:{'|'.join(_TAGS)})>", re.IGNORECASE)
_LONGEST = max(map(len, _FORMS))


class _At(Enum):
    BEGINNING = auto()
    THOUGHTS = auto()
    ANSWER = auto()


class Thoughts:
    """Passes on what comes after the thoughts; ``begun``: the text begins inside of them.

    Only thoughts at the beginning are taken for such: further on, a tag may be what the answer is about.
    """

    def __init__(self, *, begun: bool = False) -> None:
        self._begun = begun
        self._at = _At.THOUGHTS if begun else _At.BEGINNING
        self._held = ""
        self._has_thought = False
        self._settled = False
        """Whether a closing tag would no longer be the end of thoughts."""
        self.leaked = False
        """Whether thoughts have passed, for their end came without their beginning."""

    @property
    def thinking(self) -> bool:
        """Whether thoughts have begun and not ended."""
        return self._at is _At.THOUGHTS

    def feed(self, text: str) -> str:
        """Take a piece, return what is for a reader."""
        self._held += text
        while self._step():
            pass
        return self._answer() if self._at is _At.ANSWER else ""

    def finish(self) -> str:
        """Return what was held back, once the text is known to be whole."""
        held, self._held = self._held, ""
        if self._at is not _At.THOUGHTS:
            return held
        if not self._begun:
            return ""
        whole = Thoughts()  # nothing ended the thoughts, so there were none, or they had a beginning
        return whole.feed(held) + whole.finish()

    def _step(self) -> bool:
        """Go on to what comes next in the text; False while that can't be told."""
        match self._at:
            case _At.BEGINNING:
                return self._decide()
            case _At.THOUGHTS:
                return self._end_thoughts()
            case _At.ANSWER:
                return False

    def _decide(self) -> bool:
        text = self._held.lstrip()
        if (tag := _OPENING.match(text)) is not None:
            self._held, self._at = text[tag.end() :], _At.THOUGHTS
            return True
        if not text or _may_become_a_tag(text):
            return False
        if self._has_thought:
            self._held = text
        self._at = _At.ANSWER
        return False

    def _end_thoughts(self) -> bool:
        end = _CLOSING.search(self._held)
        if end is not None:
            self._held = self._held[end.end() :]
            self._at, self._begun, self._has_thought = _At.BEGINNING, False, True
            return True
        if not self._begun:
            self._held = self._held[-_LONGEST:]
        return False

    def _answer(self) -> str:
        """Return what can pass; a first closing tag that nobody opened is told and left out."""
        text, self._held = self._held, ""
        if self._settled:
            return text
        opening, closing = _OPENING.search(text), _CLOSING.search(text)
        self._settled = bool(opening or closing)
        if closing is not None and (opening is None or closing.start() < opening.start()):
            self.leaked = not self._has_thought
            return text[: closing.start()] + text[closing.end() :]
        cut = text.rfind("<", max(0, len(text) - _LONGEST))
        if not self._settled and cut >= 0 and _may_become_a_tag(text[cut:]):
            text, self._held = text[:cut], text[cut:]
        return text


def _may_become_a_tag(text: str) -> bool:
    plain = text.lower()
    return any(form.startswith(plain) and form != plain for form in _FORMS)
