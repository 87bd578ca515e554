"""Puts together what a server has torn: a stream's pieces may end in the middle of a character. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.guards.invisible import is_blank

if TYPE_CHECKING:
    from botpod.models.thoughts import Thoughts

MAX_BLANK = 100
"""Blanks that are kept before the first character that can be seen."""


class Readable:
    """What is for a reader: whole characters, no thoughts, nothing until something of it can be seen."""

    def __init__(self, thoughts: Thoughts) -> None:
        self._characters = Characters()
        self._thoughts = thoughts
        self._blank = ""
        self.seen = False
        """Whether anything that can be seen has passed."""

    def feed(self, text: str) -> str:
        """Take a piece, return what may be shown."""
        return self._pass(self._thoughts.feed(self._characters.feed(text)))

    def finish(self, *, whole: bool) -> str:
        """Return the rest; where the answer isn't ``whole``, thoughts without an end are no answer."""
        rest = self._thoughts.feed(self._characters.finish())
        if whole or not self._thoughts.thinking:
            rest += self._thoughts.finish()
        return self._pass(rest)

    def _pass(self, text: str) -> str:
        if self.seen:
            return text
        text = self._blank + text
        self.seen = bool(text) and not is_blank(text)
        self._blank = "" if self.seen else text[-MAX_BLANK:]
        return text if self.seen else ""


class Characters:
    """Joins the two halves of a character that came as one half at the end of a piece and one in the next."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """Take a piece, return the characters that are whole; a half that stays alone becomes U+FFFD."""
        text, self._half = self._half + text, ""
        if not text or text.isascii():
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return _joined(text)

    def finish(self) -> str:
        """Return what is left when the stream has ended."""
        half, self._half = self._half, ""
        return _joined(half)


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
