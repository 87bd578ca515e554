"""Who counts what happens between the bot and Discord's gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from botpod.gateway.policy import Next


class Observer(Protocol):
    """Hears of it; none of these waits or fails."""

    def connection_ended(self, follows: Next) -> None:
        """A connection has ended, and this comes after it."""
        ...

    def gap(self, seconds: float) -> None:
        """A shard hears again after so many seconds in which nobody did."""
        ...

    def caught_up(self, messages: int) -> None:
        """So many messages of a channel were missed and asked for."""
        ...
