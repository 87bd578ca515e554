"""How many requests may wait or run, so that no channel and no server takes the room of all. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from botpod.guards.server import server_of

if TYPE_CHECKING:
    from collections.abc import Hashable

    from botpod.config.schema import LimitsSection
    from botpod.events import Place

WAITING_PER_PLACE = 16
"""How many requests there may be for each that may run: what more there is would wait for minutes."""
RESERVED = 2
"""How many requests a server may have though others use up the whole."""


class Room:
    """Counts the requests that were let in, by person, channel and server.

    A person and a channel have room for so many as they may run, times ``WAITING_PER_PLACE``; a person for so
    many as their rate limit lets through, where that is more. A server may use as much as it leaves free, so
    one alone gets half of the whole. One that has next to nothing finds room when the whole is used up, too,
    until there is twice as much.
    """

    def __init__(self) -> None:
        self._in: Counter[Hashable] = Counter()
        self._whole = 0

    def __len__(self) -> int:
        return self._whole

    def enter(self, place: Place, person: int, limits: LimitsSection) -> bool:
        """Let one more in, or say that there is no room for it."""
        own, channel, server = _keys(place, person)
        person_most = max(limits.messages_per_user, limits.concurrent_per_user * WAITING_PER_PLACE)
        channel_most = limits.concurrent_per_channel * WAITING_PER_PLACE
        if self._in[own] >= person_most or self._in[channel] >= channel_most:
            return False
        whole = limits.concurrent * WAITING_PER_PLACE
        if self._in[server] >= max(RESERVED, whole - self._whole) or self._whole >= 2 * whole:
            return False
        self._in.update((own, channel, server))
        self._whole += 1
        return True

    def leave(self, place: Place, person: int) -> None:
        """One that was let in is done."""
        self._in.subtract(_keys(place, person))
        self._in += Counter()  # forgets those with none
        self._whole -= 1


def _keys(place: Place, person: int) -> tuple[Hashable, Hashable, Hashable]:
    return ("person", person), ("channel", place.channel_id), server_of(place)
