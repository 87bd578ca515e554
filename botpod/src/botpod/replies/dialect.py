"""From the Markdown that models write to what Discord shows: tables, deep headings, formulas. Pure.

What comes later changes nothing of what was returned for a beginning: what isn't decided yet is held back.
"""

from __future__ import annotations

import re

from botpod.replies.tables import aligned, is_row, is_rule, may_become_rule

_TICKS = re.compile(r"`{3,}")
_HEADING = re.compile(r"( {0,3})#{4,6}(?=[ \t])")
_FORMULA = re.compile(
    r"(?<![\\$])\$\$(?!\$)[ \t]*([^$`\n]{1,300}?)[ \t]*\$\$(?!\$)"
    r"|(?<!\\)\\\([ \t]*([^`\n]{1,300}?)[ \t]*\\\)"
    r"|(?<!\\)\\\[[ \t]*([^`\n]{1,300}?)[ \t]*\\\](?!\()"
)
"""``$$x$$``, ``\\(x\\)`` and ``\\[x\\]``, which before a parenthesis is a link that was escaped."""
_FORMULA_SO_FAR = re.compile(
    r"(?<![\\$])\$\$?(?!\$)[^$`\n]{0,310}\$?\Z"
    r"|(?<!\\)\\(?:\((?:(?!\\\))[^`\n]){0,310}|\[(?:(?!\\\][^(])[^`\n]){0,312})?\Z"
)
_BLOCKS = {"$$": "$$", "\\[": "\\]"}
"""What stands alone in the lines before and behind a formula of several."""
_LONGEST_FORMULA = 40
"""Lines of a formula that stands between two such lines; more are no formula."""


def discords(text: str, *, ended: bool) -> str:
    """Return ``text`` as Discord shows it; the end of a text that hasn't ``ended`` may be held back."""
    lines = text.split("\n")
    shown: list[str] = []
    place, inside = 0, False
    while place < len(lines):
        line = lines[place]
        taken: tuple[list[str], int] | None = ([line], 1)
        if not inside and is_row(line):
            taken = _table(lines, place, ended=ended)
        elif not inside and line.strip() in _BLOCKS:
            taken = _formula(lines, place, ended=ended)
        elif not inside:
            partial = not ended and place == len(lines) - 1
            taken = ([_line(line, partial=partial)], 1)
        if taken is None:
            # As it is undecided; the line before keeps its end.
            return "\n".join([*shown, ""]) if shown else ""
        made, size = taken
        shown += made
        if size == 1 and len(_TICKS.findall(line)) % 2:
            inside = not inside
        place += size
    return "\n".join(shown)


def _table(lines: list[str], place: int, *, ended: bool) -> tuple[list[str], int] | None:
    """Return a table's lines and how many they were; None where it isn't known yet."""
    if place + 1 < len(lines):
        under = lines[place + 1]
        last = place + 2 == len(lines)
        if not ended and last and may_become_rule(under):
            return None
        if "|" in under and is_rule(under):
            end = place + 2
            while end < len(lines) and is_row(lines[end]):
                end += 1
            open_ended = end == len(lines) or (end == len(lines) - 1 and not lines[end].strip(" "))
            if not ended and open_ended:
                return None
            return aligned(lines[place:end]), end - place
    elif not ended:
        return None
    return [_line(lines[place], partial=not ended and place == len(lines) - 1)], 1


def _formula(lines: list[str], place: int, *, ended: bool) -> tuple[list[str], int] | None:
    last, closing = place + _LONGEST_FORMULA, _BLOCKS[lines[place].strip()]
    for end in range(place + 1, min(len(lines), last)):
        line = lines[end]
        if "`" in line:
            break
        if line.strip() == closing:
            if not ended and end == len(lines) - 1:
                return None
            block = ["```latex", *lines[place + 1 : end], "```"] if end > place + 1 else []
            return block, end + 1 - place
    else:
        if not ended and len(lines) < last:
            return None
    return [lines[place]], 1


def _line(line: str, *, partial: bool) -> str:
    line = _HEADING.sub(r"\1###", line, count=1) if _HEADING.match(line) else line
    if "$" not in line and "\\" not in line:
        return line
    line = _FORMULA.sub(_as_code, line)
    if partial and (begun := _FORMULA_SO_FAR.search(line)) and not line.count("`", 0, begun.start()) % 2:
        return line[: begun.start()]
    return line


def _as_code(found: re.Match[str]) -> str:
    """Show a formula as code, but within code leave it."""
    before = found.string.count("`", 0, found.start())
    formula = found[found.lastindex or 0].strip()
    return found[0] if before % 2 or not formula else f"`{formula}`"
