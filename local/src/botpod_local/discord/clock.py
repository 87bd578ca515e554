"""Time as a dependency, and the ids that Discord derives from it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

DISCORD_EPOCH_MS = 1_420_070_400_000
"""The first millisecond of 2015, from which Discord counts."""


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> float:
        """Return Unix time in seconds."""
        ...  # pragma: no cover


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return Unix time in seconds."""
        return time.time()


class Snowflakes:
    """Ids in Discord's form: 42 bits of milliseconds, then a counter; strictly growing.

    ``newest`` is the last one given.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.newest = 0

    def next(self) -> int:
        """Return an id greater than all before."""
        fresh = snowflake_at(self._clock.now())
        self.newest = max(fresh, self.newest + 1)
        return self.newest


def snowflake_at(moment: float) -> int:
    """Return the smallest id of ``moment`` (Unix seconds)."""
    return max(0, int(moment * 1000) - DISCORD_EPOCH_MS) << 22


def iso(moment: float) -> str:
    """Return ``moment`` (Unix seconds) as Discord writes it: microseconds and an explicit +00:00."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")


def moment_from_iso(text: str) -> float:
    """Return the Unix seconds of an ISO 8601 date-time.

    Raises:
        ValueError: if it isn't one.
    """
    parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
