"""Reads the table of requirements, which is no part of the tree. Pure.

Its rows begin with ``| ID | text |`` and have their kind in the fourth column. Of rows that only plan
something the table's last chapter says ``nothing to show``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROW = re.compile(r"^\| ([A-Z]{2}-\d+) \| (.+?) \| .+? \| \w+ \|", re.MULTILINE)
NOTHING = re.compile(r"^\| ([^|]+) \| [^|]*\bnothing to show\b[^|]*\|$", re.MULTILINE)
NUMBER = re.compile(r"(?:([A-Z]{2})-)?(\d+)(?:…(\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``texts`` by row; ``planned`` are those with nothing to show. Both empty where there is no table."""

    texts: Mapping[str, str]
    planned: frozenset[str]

    @property
    def wanted(self) -> list[str]:
        """The rows that something has to show."""
        return [row for row in self.texts if row not in self.planned]


def table_in(text: str) -> Table:
    """Return what ``text`` says; a text without rows is a table without rows."""
    texts = dict(ROW.findall(text))
    planned = {row for rows in NOTHING.findall(text) for row in _rows(rows)}
    return Table(texts=texts, planned=frozenset(planned & texts.keys()))


def _rows(listed: str) -> Iterator[str]:
    """Yield the rows of a list like ``AC-1, 4…6``."""
    letters = ""
    for match in NUMBER.finditer(listed):
        letters = match[1] or letters
        first = int(match[2])
        for number in range(first, int(match[3] or first) + 1):
            yield f"{letters}-{number:02}"


def order(row: str) -> tuple[str, int]:
    """Return what rows are sorted by."""
    letters, _, number = row.partition("-")
    return letters, int(number) if number.isdigit() else 0
