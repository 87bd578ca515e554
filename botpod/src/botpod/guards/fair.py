"""How much may run at once in all, with a free place for whoever's server has least."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod.guards.line import Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    server: Hashable
    channel: Hashable
    turn: asyncio.Future[None]


class FairSlots:
    """Lets ``limit`` holders in at once; of those who wait servers take turns, and channels in them.

    No key of a server is one of a channel.
    """

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._busy: Counter[Hashable] = Counter()
        self._line: Line[_Ticket] = Line()

    @asynccontextmanager
    async def hold(self, *, server: Hashable, channel: Hashable) -> AsyncIterator[None]:
        """Wait for a place and keep it; the wait has no time-out of its own."""
        ticket = _Ticket(server, channel, asyncio.get_running_loop().create_future())
        self._line.add(server, channel, ticket)
        self._let_in()
        try:
            await ticket.turn
        except asyncio.CancelledError:
            self._give_up(ticket)
            raise
        try:
            yield
        finally:
            self._leave(ticket)

    def _let_in(self) -> None:
        while self._free and self._line:
            ticket = self._line.take(self._busy)
            # One that was just cancelled hasn't left the line yet.
            if not ticket.turn.done():
                self._free -= 1
                self._busy.update((ticket.server, ticket.channel))
                ticket.turn.set_result(None)

    def _give_up(self, ticket: _Ticket) -> None:
        if ticket.turn.cancelled():
            with suppress(ValueError):
                self._line.remove(ticket.server, ticket.channel, ticket)
        else:
            self._leave(ticket)  # it was let in at the same moment

    def _leave(self, ticket: _Ticket) -> None:
        self._free += 1
        self._busy.subtract((ticket.server, ticket.channel))
        self._busy += Counter()  # forgets those with none
        self._let_in()
