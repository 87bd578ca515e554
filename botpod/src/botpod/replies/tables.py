"""A Markdown table as lines of equal columns: Discord has no tables, but code of one width. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import category, east_asian_width

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 1000
"""Characters of a row; a longer line is prose."""
_ROW = re.compile(r" {0,3}\|(?!\|)|[^|`\n]{1,28}(?<!\\)\|(?!\|)")
"""Its first bar comes early: what was shown before it came is one cell at most."""
_RULE = re.compile(r"[ \t]{0,3}\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_RULE_SO_FAR = re.compile(r"[ \t|:-]*")
_BETWEEN = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\(([^()\s]*)\)")
_EMPHASIS = re.compile(r"(\*\*\*|\*\*|__|~~|\|\||(?<!\w)[*_](?=\S))(.+?)\1(?!\w)")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_WIDEST = 40
"""Columns that a cell is filled up to; a longer one sticks out."""


def is_row(line: str) -> bool:
    """Say whether ``line`` may be a row: a bar comes first or early, and not a spoiler's two."""
    return len(line) <= _LONGEST and _ROW.match(line) is not None


def is_rule(line: str) -> bool:
    """Say whether ``line`` is what stands below a table's head."""
    return _RULE.fullmatch(line) is not None


def may_become_rule(line: str) -> bool:
    """Say whether ``line``, whose end hasn't come yet, may be what stands below a table's head."""
    return _RULE_SO_FAR.fullmatch(line) is not None


def aligned(lines: Sequence[str]) -> list[str]:
    """Return a code block for a head, its rule and rows."""
    rows = [_cells(line) for line in (lines[0], *lines[2:])]
    columns = max(map(len, rows))
    rows = [row + [""] * (columns - len(row)) for row in rows]
    right = [cell.endswith(":") and not cell.startswith(":") for cell in _cells(lines[1])]
    right += [False] * (columns - len(right))
    widths = [min(_WIDEST, max(width(row[column]) for row in rows)) for column in range(columns)]
    drawn = [
        " | ".join(_filled(*cell) for cell in zip(row, widths, right, strict=False)).rstrip() for row in rows
    ]
    return ["```", drawn[0], "-+-".join("-" * width for width in widths), *drawn[1:], "```"]


def width(text: str) -> int:
    """Return how many columns ``text`` takes where each character is as wide as the others."""
    return sum(
        0 if category(one) in {"Mn", "Me", "Cf"} else 2 if east_asian_width(one) in "WF" else 1
        for one in text
    )


def _filled(text: str, columns: int, right: bool) -> str:  # noqa: FBT001 - one of three parts of a cell
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [_plain(cell.strip()) for cell in _BETWEEN.split(inner)]


def _plain(cell: str) -> str:
    """Return a cell without the marks that code shows as they are."""
    cell = _LINK.sub(r"\1 (\2)", _BREAK.sub(" ", cell))
    return _EMPHASIS.sub(r"\2", cell).replace("\\|", "|").replace("`", "")
