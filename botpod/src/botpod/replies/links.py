"""Lets nobody be led elsewhere than a text says: a masked link is shown as its text and its address. Pure.

Discord hides the address of ``[text](address)``, whatever ``text`` looks like. A blank between the two parts
shows both. In code nothing is a link, and nothing is changed: but only where Discord surely sees code too.
"""

from __future__ import annotations

import re

_TICKS = re.compile("`+")
_MASK = re.compile(r"\](?=\()")
_BLOCK = 3


def shown(message: str) -> str:
    """Return one whole message in which no link is masked."""
    if "](" not in message:
        return message
    pieces: list[str] = []
    place = 0
    for start, end in _code(message):
        pieces += (_MASK.sub("] ", message[place:start]), message[start:end])
        place = end
    pieces.append(_MASK.sub("] ", message[place:]))
    return "".join(pieces)


def _code(message: str) -> list[tuple[int, int]]:
    """Return from where to where there is code: between two runs of as many backticks."""
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(message)]
    found: list[tuple[int, int]] = []
    index = 0
    # The next run as long as this one, for each: from the back, so that it is looked for once.
    following: dict[int, int] = {}
    closing = [-1] * len(runs)
    for number in range(len(runs) - 1, -1, -1):
        size = runs[number][1] - runs[number][0]
        closing[number] = following.get(size, -1)
        following[size] = number
    while index < len(runs):
        start, opened = runs[index]
        close = closing[index]
        if (
            close >= 0
            and _may_open(message, start)
            and _is_code(message[opened : runs[close][0]], opened - start)
        ):
            found.append((start, runs[close][1]))
            index = close + 1
        else:
            index += 1
    return found


def _may_open(message: str, start: int) -> bool:
    """Say whether backticks surely begin code: neither escaped nor within an address, which swallows them."""
    before = message[:start]
    if not before or before[-1].isspace():
        return True
    before = before.rsplit(None, 1)[-1]
    return not ("\\" in before or "<" in before or "://" in before)


def _is_code(content: str, ticks: int) -> bool:
    if not content.strip():
        return False
    return ticks == _BLOCK or (ticks < _BLOCK and "\n" not in content)
