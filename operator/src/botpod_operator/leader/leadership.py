"""What the rest of the operator knows of an election, and the case without one."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Leadership(Protocol):
    """Whether this process is the one that acts."""

    leading: asyncio.Event
    """Set once this process leads. It is never cleared: who loses it ends."""

    @property
    def able(self) -> bool:
        """Whether this process could lead as far as is known."""

    def leads(self) -> bool:
        """Return whether this process may act at this moment."""

    def permit(self) -> None:
        """Do nothing while this process leads.

        Raises:
            LeadershipLost: it doesn't.
        """

    async def run(self) -> None:
        """Take part for ever.

        Raises:
            LeadershipLost: this process led and doesn't any more.
        """

    async def release(self) -> None:
        """Let another one lead, after everything that acts and :meth:`run` have ended."""


class Alone:
    """The only operator there is: it leads from the start."""

    able = True

    def __init__(self) -> None:
        self.leading = asyncio.Event()
        self.leading.set()

    def leads(self) -> bool:
        """Return True."""
        return True

    def permit(self) -> None:
        """Do nothing."""

    async def run(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()

    async def release(self) -> None:
        """Do nothing: nobody waits for it."""
