"""Who wants to know how requests to Discord fare."""

from __future__ import annotations

from typing import Protocol


class RestObserver(Protocol):
    """Counts; must neither wait nor fail."""

    def waited(self, seconds: float) -> None:
        """A request was let go after so long."""
        ...

    def limited(self, scope: str) -> None:
        """Discord answered 429."""
        ...

    def repeated(self, why: str) -> None:
        """A request is sent again after a status, or "connection"."""
        ...

    def invalid(self, recent: int) -> None:
        """An answer counts towards the ban; there were so many in the last ten minutes."""
        ...
