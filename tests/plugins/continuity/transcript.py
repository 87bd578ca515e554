"""The stand-in's own record, kept whole: it forgets its oldest entries, a long story must not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

type Entry = dict[str, Any]


class Transcript:
    """All entries since the one numbered ``after``, in order."""

    def __init__(self, *, after: int = 0) -> None:
        self.entries: list[Entry] = []
        self._last = after

    @property
    def last(self) -> int:
        """The number of the newest entry."""
        return self._last

    def add(self, entries: Iterable[Entry]) -> None:
        """Append what came since; raises ValueError if something between is missing."""
        for entry in entries:
            if entry["n"] != self._last + 1:
                raise ValueError(
                    f"The record has lost what happened between {self._last} and {entry['n']};"
                    " read it more often, or let it keep more."
                )
            self._last = entry["n"]
            self.entries.append(entry)
