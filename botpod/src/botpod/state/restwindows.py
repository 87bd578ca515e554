"""Windows for requests to Discord which all processes of a bot take from.

What counts is when a request arrives at Discord, which nobody here knows. So ``period`` is Discord's and the
longest that requests lately were under way: then no window of Discord's sees more, wherever it begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

INVALID_MINUTES = 10
"""Discord counts invalid requests in ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """``granted`` requests may be sent; where that is none, ``wait`` seconds until there may be room."""

    granted: int
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RestWindow:
    """``limit`` requests in any ``period`` seconds; ``name`` is the same in every process."""

    name: str
    limit: int
    period: float


class RestWindows(Protocol):
    """What the processes of a bot may send, together. None of these raises for trouble with the store."""

    @property
    def several(self) -> bool:
        """Whether there may be other processes."""
        ...

    async def take(self, window: RestWindow, *, wanted: int = 1, common: bool = True) -> Grant:
        """Take up to ``wanted`` of what a window has room for.

        ``common``: others use the window at any time, so that while they can't be asked only a share is
        granted; else they do so only while one takes over from the other, and all that is wanted is.
        """
        ...

    async def take_of_both(self, one: RestWindow, other: RestWindow) -> bool:
        """Take one of each at once; False where one has no room, or where that can't be asked at once."""
        ...

    async def block(self, name: str, *, seconds: float) -> None:
        """Grant nothing of ``name`` for so long: Discord said so."""
        ...

    async def invalid(self, more: int) -> int:
        """Count ``more`` invalid requests; return how many there were in the last ten minutes."""
        ...
