"""Takes out of a text what nobody sees: it hides words from people that a model reads. Pure.

What some writing can't do without stays: joiners between letters and in emoji, the selector that makes a sign
an emoji or picks a character's form, and the three flags that are spelled out in tags.
"""

from __future__ import annotations

import re
from unicodedata import category

_SEPARATORS = re.compile("\r?[\x85\u2028\u2029]")
_FLAGS = "|".join(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)
_NEVER = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_UNSEEN = re.compile(f"(?P<flag>{_FLAGS})|[{_NEVER}]")
_SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_JOINERS = re.compile("[\u200c\u200d]")
_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_MONGOLIAN = "\u180b\u180c\u180d\u180f"
_STYLED = frozenset("0123456789#*")
BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
)
"""Every space, and the Braille pattern that has no dot."""


def visible(text: str) -> str:
    """Return ``text`` without what nobody sees, its lines ending as lines do; twice is as once."""
    if text.isascii() and text.isprintable():
        return text
    text = _SEPARATORS.sub("\n", text)
    text = _UNSEEN.sub(lambda found: found["flag"] or "", text)
    return _JOINERS.sub(_joiner, _SELECTORS.sub(_selector, text))


def is_blank(text: str) -> bool:
    """Say whether nothing of ``text`` can be seen."""
    return not visible(text).strip(BLANKS)


def _selector(found: re.Match[str]) -> str:
    """Keep one selector behind a character that has forms."""
    before = found.string[found.start() - 1] if found.start() else ""
    return found[0] if before and _has_forms(before, found[0]) else ""


def _has_forms(character: str, selector: str) -> bool:
    if selector in _MONGOLIAN:
        return "\u1820" <= character <= "\u18aa"
    if selector in "\ufe0e\ufe0f":
        return character in _STYLED or category(character)[0] in "SP" or _is_han(character)
    return _is_han(character)


def _is_han(character: str) -> bool:
    return any(
        first <= character <= last
        for first, last in (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))
    )


def _joiner(found: re.Match[str]) -> str:
    """Keep a joiner between two letters, and between two emoji the one that joins those."""
    text, start = found.string, found.start()
    if not 0 < start < len(text) - 1:
        return ""
    before, after = text[start - 1], text[start + 1]
    # A joiner is neither: of several in a row none stays.
    if category(before)[0] in "LM" and before != _EMOJI_STYLE and category(after)[0] in "LM":
        return found[0]
    emoji = before == _EMOJI_STYLE or category(before)[0] == "S"
    return found[0] if found[0] == _JOINER and emoji and category(after)[0] == "S" else ""
