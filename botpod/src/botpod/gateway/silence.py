"""Where the bot may not speak, as far as Discord has said so; for a while, since people change that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.state.expiring import ExpiringSet

if TYPE_CHECKING:
    from collections.abc import Callable

SILENT_SECONDS = 60.0
"""So late at most the bot speaks again where it was allowed to."""
OPEN_SECONDS = 300.0
"""How long a channel counts as one that takes the bot's words."""
MOST = 4_096


class Silence:
    """Channels that refused what the bot wanted to say; ``clock`` in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._silent = ExpiringSet(clock, bound=MOST)
        self._open = ExpiringSet(clock, bound=MOST)
        self._unreferenced = ExpiringSet(clock, bound=MOST)

    def refused(self, channel: int) -> None:
        """The bot may not speak there."""
        self._silent.add(str(channel), ttl=SILENT_SECONDS)

    def spoke(self, channel: int) -> None:
        """It may."""
        self._open.add(str(channel), ttl=OPEN_SECONDS)

    def hides_history(self, channel: int) -> None:
        """It may speak there, but reply to nothing."""
        self._unreferenced.add(str(channel), ttl=SILENT_SECONDS)

    def is_silent(self, channel: int) -> bool:
        """Say whether nothing that is said there would be heard."""
        return str(channel) in self._silent

    def is_known(self, channel: int) -> bool:
        """Say whether it needs no trying out whether the bot may speak there."""
        return str(channel) in self._open

    def takes_references(self, channel: int) -> bool:
        """Say whether an answer may be a reply there."""
        return str(channel) not in self._unreferenced
