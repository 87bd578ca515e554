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
        # A blank further back changes nothing: then all passes as one long run.
        end = len(text)
        for index in range(len(text) - 1, max(-1, len(text) - _LONGEST_WORD - 2), -1):
            if text[index].isspace():
                end = index + 1
                break
        else:
            end = len(text) if len(text) > _LONGEST_WORD else 0
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
        self._blanks = ""
        self._text = ""
        self._candidate = 0
        """The first of ``_starts`` that all of the text may still repeat; those before it are refuted."""
        self._decided = not self._starts

    def feed(self, text: str) -> str:
        """Take a piece of the continuation, return what is new in it; nothing while that is undecided."""
        if self._decided:
            return text
        if not self._text:
            rest = text.lstrip()
            self._blanks += text[: len(text) - len(rest)]
            text = rest
        self._text += text
        return self._decide(last=False)

    def finish(self) -> str:
        """Return what was still undecided, once the continuation is over."""
        return "" if self._decided else self._decide(last=True)

    def _decide(self, *, last: bool) -> str:
        if not last and (not self._text or self._may_repeat()):
            return ""
        self._decided = True
        matches = common_prefixes(self._text, self._said)
        dropped = max(
            (matches[start] for start in self._starts if self._is_repetition(start, matches[start])),
            default=0,
        )
        rest = self._text[dropped:] if dropped else self._blanks + self._text
        return rest.lstrip(" ") if self._glue else rest

    def _may_repeat(self) -> bool:
        """Say whether all of the text so far repeats what follows one of the starts."""
        while self._candidate < len(self._starts):
            if self._said.startswith(self._text, self._starts[self._candidate]):
                return True
            self._candidate += 1
        return False

    def _is_repetition(self, start: int, length: int) -> bool:
        if length >= _SURELY_REPEATED:
            return True
        whole = length == len(self._text)
        if whole and length >= _REPEATED_TO_THE_END:
            return True
        if start + length < len(self._said) or length < _SHORTEST_OVERLAP:
            return False
        return whole or not self._text[length].isalnum()


def common_prefixes(text: str, said: str) -> list[int]:
    """Return, for each place of ``said``, how many characters ``text`` has in common with what begins there.

    The Z algorithm: linear, however often either of them repeats itself.
    """
    text = text[: len(said)]
    joined = [*map(ord, text), -1, *map(ord, said)]
    lengths = [0] * len(joined)
    left = right = 0
    for place in range(1, len(joined)):
        length = min(right - place, lengths[place - left]) if place < right else 0
        if place + length >= right:
            while place + length < len(joined) and joined[length] == joined[place + length]:
                length += 1
            left, right = place, place + length
        lengths[place] = length
    return lengths[len(text) + 1 :]
