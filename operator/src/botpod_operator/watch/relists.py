"""Notices lists: when the first ones end, and when a watch begins anew with one. No I/O.

What was deleted before a watch began anew, nobody is told of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

APART_SECONDS = 10.0
"""The longest time between two objects of one list."""
QUIET_SECONDS = 1.0
"""After so long without an object of a list, the first lists are taken for complete: kopf doesn't tell."""
FIRST_SECONDS = 15.0
"""The longest that the first lists are waited for."""


@dataclass(slots=True)
class _Kind:
    listed_at: float | None = None
    watched: bool = False
    """It was watched since the last list."""


class Relists:
    """Calls ``again`` where a kind is listed that was listed or watched before."""

    def __init__(self, *, clock: Callable[[], float], again: Callable[[], None]) -> None:
        self._clock = clock
        self._again = again
        self._kinds: dict[str, _Kind] = {}
        self._began = self._listed_at = clock()

    def begin(self) -> None:
        """The watches begin now."""
        self._began = self._listed_at = self._clock()

    def complete_in(self) -> float:
        """Return in how many seconds to ask again whether the first lists are complete; 0 where they are.

        It is a guess to save requests: nothing goes wrong where it errs.
        """
        due = min(self._listed_at + QUIET_SECONDS, self._began + FIRST_SECONDS)
        return max(0.0, due - self._clock())

    def shown(self, kind: str, *, listed: bool) -> None:
        """An object was shown, by a list or by the watch that follows it."""
        known = self._kinds.setdefault(kind, _Kind())
        if not listed:
            known.watched = True
            return
        now = self._listed_at = self._clock()
        if known.watched or (known.listed_at is not None and now - known.listed_at > APART_SECONDS):
            self._again()
        known.listed_at, known.watched = now, False
