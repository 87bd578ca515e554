"""When what pods say becomes what is told: not for a moment's sake, and no flapping. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botpod_operator.usage.health import WELL

if TYPE_CHECKING:
    from botpod_operator.usage.health import Health

EVERY_SECONDS = 60.0
"""Between two looks at a bot that is well: a thousand of them are 17 questions a second."""
SURE_SECONDS = 5.0
"""Until another look at what may have been a moment."""
TROUBLED_SECONDS = 20.0
"""Between two looks at one that isn't: somebody mends it, and waits to read that it is over."""
BEGINS_AFTER, ENDS_AFTER = 2, 3
"""Looks in a row that a trouble takes to be told of, and its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debounce:
    """What is told of a bot's pods; None before they ever answered."""

    told: Health | None = None
    against: int = 0
    """Looks in a row that found something else."""

    @property
    def seconds(self) -> float:
        """Until the next look."""
        if self.told is not None and self.told.trouble is not None:
            return TROUBLED_SECONDS
        return SURE_SECONDS if self.against else EVERY_SECONDS

    def after(self, seen: Health | None) -> Debounce:
        """Return what is known after another look, with None for one that nobody answered."""
        if seen is None:
            return self
        known = self.told or WELL
        if seen.trouble == known.trouble:
            return Debounce(told=seen)  # the numbers may be others
        against = self.against + 1
        needed = BEGINS_AFTER if seen.trouble is not None else ENDS_AFTER
        return Debounce(told=seen) if against >= needed else replace(self, against=against)
