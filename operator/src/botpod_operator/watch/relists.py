"""Notices when a watch began anew with a list: what was deleted in between, nobody is told of. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

APART_SECONDS = 10.0
"""The longest time between two objects of one list."""


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

    def shown(self, kind: str, *, listed: bool) -> None:
        """An object was shown, by a list or by the watch that follows it."""
        known = self._kinds.setdefault(kind, _Kind())
        if not listed:
            known.watched = True
            return
        now = self._clock()
        if known.watched or (known.listed_at is not None and now - known.listed_at > APART_SECONDS):
            self._again()
        known.listed_at, known.watched = now, False
