"""Up to where a session's events are safe: the sequence that a RESUME begins after. Pure."""

from __future__ import annotations

from collections import deque


class Watermark:
    """Follows one session; sequences only grow.

    An event is safe once it is kept, or was found to be for nobody.
    """

    def __init__(self, sequence: int = 0) -> None:
        self._arriving: int | None = None
        self._received = sequence
        self._waiting: deque[int] = deque()

    @property
    def safe(self) -> int:
        """The last sequence before which nothing is in danger."""
        return self._waiting[0] - 1 if self._waiting else self._received

    def arrive(self, sequence: int) -> None:
        """An event is being read."""
        self._arriving = sequence

    def wait(self) -> int:
        """The event that is being read is to be kept; return its sequence."""
        sequence = self._arriving if self._arriving is not None else self._received
        if not self._waiting or self._waiting[-1] < sequence:
            self._waiting.append(sequence)
        return sequence

    def read(self) -> None:
        """The event that arrived was read: kept later where it said so, otherwise for nobody."""
        if self._arriving is not None:
            self._received = max(self._received, self._arriving)
            self._arriving = None

    def keep(self, sequence: int) -> None:
        """All that waited is kept, up to this sequence."""
        while self._waiting and self._waiting[0] <= sequence:
            self._waiting.popleft()
        self._received = max(self._received, sequence)
