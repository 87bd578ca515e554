"""A line in which servers take turns, and in each server its channels. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping


class Line[T]:
    """Whoever comes first of a channel goes first of it; a crowd in one channel only waits for itself.

    A server is any key: people in direct messages have one of their own each.
    """

    def __init__(self) -> None:
        # Both dictionaries are in the order of turns: who had one goes to the end.
        self._servers: dict[Hashable, dict[Hashable, deque[T]]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, server: Hashable, channel: Hashable, one: T) -> None:
        """Let ``one`` wait at the end of its channel."""
        self._servers.setdefault(server, {}).setdefault(channel, deque()).append(one)
        self._count += 1

    def take(self, busy: Mapping[Hashable, int]) -> T:
        """Return whose turn it is; ``busy`` says how many of each server and channel are served now.

        Of those with the fewest it is the one whose last turn is the longest ago. Raises IndexError where
        nobody waits.
        """
        if not self._count:
            raise IndexError("nobody waits")
        server = min(self._servers, key=lambda key: busy.get(key, 0))
        channels = self._servers.pop(server)
        channel = min(channels, key=lambda key: busy.get(key, 0))
        line = channels.pop(channel)
        one = line.popleft()
        self._count -= 1
        if line:
            channels[channel] = line
        if channels:
            self._servers[server] = channels
        return one

    def remove(self, server: Hashable, channel: Hashable, one: T) -> None:
        """Let ``one`` wait no more. Raises ValueError where it doesn't wait there."""
        channels = self._servers.get(server, {})
        line = channels.get(channel)
        if line is None:
            raise ValueError("it does not wait there")
        line.remove(one)
        self._count -= 1
        if not line:
            del channels[channel]
        if not channels:
            del self._servers[server]
