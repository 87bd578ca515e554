"""Lets one model go on where another broke off, so that a reader sees one text.

:class:`Words` keeps back an unfinished word, so that what was shown always ends between words.
:class:`Joint` takes away what the next model repeats of it.
"""

from __future__ import annotations

_LONGEST_WORD = 24
_LOOK_BACK = 6000
_SHORTEST_OVERLAP = 3
_SURELY_REPEATED = 80
_REPEATED_TO_THE_END = 40


class Words:
    """Passes text on up to its last whitespace; scripts without spaces pass in runs of ``_LONGEST_WORD``."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Take a piece, return what may be shown."""
        text = self._held + text
        end = max((index for index, character in enumerate(text) if character.isspace()), default=-1) + 1
        if len(text) - end > _LONGEST_WORD:
            end = len(text)
        self._held = text[end:]
        return text[:end]

    def finish(self) -> str:
        """Return the rest, once the text is known to be whole."""
        held, self._held = self._held, ""
        return held


class Joint:
    """Drops from the beginning of a continuation what repeats ``said``, its end or all of it."""

    def __init__(self, said: str) -> None:
        tail = said[-_LOOK_BACK:]
        self._glue = tail.endswith((" ", "\t"))  # but behind a line's end, blanks are indentation
        self._said = tail.rstrip()
        self._starts = [
            index
            for index, character in enumerate(self._said)
            if not character.isspace() and (index == 0 or self._said[index - 1].isspace())
        ]
        self._buffer = ""
        self._decided = not self._starts

    def feed(self, text: str) -> str:
        """Take a piece of the continuation, return what is new in it; nothing while that is undecided."""
        if self._decided:
            return text
        self._buffer += text
        return self._decide(last=False)

    def finish(self) -> str:
        """Return what was still undecided, once the continuation is over."""
        return "" if self._decided else self._decide(last=True)

    def _decide(self, *, last: bool) -> str:
        text = self._buffer.lstrip()
        if not text and not last:
            return ""
        matches = {start: _common_prefix(self._said, start, text) for start in self._starts}
        # A start is undecided while all of the text repeats what follows it.
        if not last and any(length == len(text) for length in matches.values()):
            return ""
        self._decided = True
        dropped = max(
            (length for start, length in matches.items() if self._is_repetition(start, length, text)),
            default=0,
        )
        if not dropped:
            return self._buffer.lstrip(" ") if self._glue else self._buffer
        rest = text[dropped:]
        return rest.lstrip(" ") if self._glue else rest

    def _is_repetition(self, start: int, length: int, text: str) -> bool:
        if length >= _SURELY_REPEATED:
            return True
        if length == len(text) and length >= _REPEATED_TO_THE_END:
            return True
        if start + length < len(self._said) or length < _SHORTEST_OVERLAP:
            return False
        return length == len(text) or not text[length].isalnum()


def _common_prefix(said: str, start: int, text: str) -> int:
    longest = min(len(said) - start, len(text))
    for index in range(longest):
        if said[start + index] != text[index]:
            return index
    return longest
