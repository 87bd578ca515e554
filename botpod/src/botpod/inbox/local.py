"""The inbox of a process that shares it with nobody: what runs is in memory, and so is who is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.inbox.port import Claim
from botpod.state.expiring import ExpiringSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from botpod.inbox.port import Entry, NewEvent
    from botpod.state.port import Lease, Session

DONE_SECONDS = 3600.0
_EVENTS = 20_000


class LocalInbox:
    """A :class:`botpod.inbox.port.Inbox`; ``clock`` is monotonic, in seconds."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._done = ExpiringSet(clock, bound=_EVENTS)
        self._held: set[str] = set()

    @property
    def held(self) -> frozenset[str]:
        """The events that are being handled."""
        return frozenset(self._held)

    async def take(
        self,
        lease: Lease,  # noqa: ARG002 - nobody else could have it
        events: Sequence[NewEvent],  # noqa: ARG002 - they are in memory anyway
        session: Session,  # noqa: ARG002 - it dies with this process
    ) -> tuple[Entry, ...] | None:
        """See :class:`botpod.inbox.port.Inbox`."""
        return None

    async def left(
        self,
        shard: int,  # noqa: ARG002 - nothing outlives a process
        *,
        count: int | None = None,  # noqa: ARG002 - the same
    ) -> tuple[Entry, ...]:
        """See :class:`botpod.inbox.port.Inbox`."""
        return ()

    async def discard(self, entry: Entry) -> None:
        """There is none."""

    async def claim(self, event: str) -> Claim:
        """See :class:`botpod.inbox.port.Ledger`."""
        if event in self._done:
            return Claim.DONE
        if event in self._held:
            return Claim.ELSEWHERE
        self._held.add(event)
        return Claim.OURS

    async def said(self, event: str) -> Mapping[int, int]:  # noqa: ARG002 - nobody was on it before
        """See :class:`botpod.inbox.port.Ledger`."""
        return {}

    async def note(self, event: str, part: int, message: int) -> None:
        """Nobody asks."""

    async def holds(self, event: str) -> bool:
        """See :class:`botpod.inbox.port.Ledger`."""
        return event in self._held

    async def settle(self, event: str, entry: Entry | None) -> None:  # noqa: ARG002 - there is none
        """See :class:`botpod.inbox.port.Ledger`."""
        self._held.discard(event)
        self._done.add(event, ttl=DONE_SECONDS)

    async def let_go(self, event: str) -> None:
        """See :class:`botpod.inbox.port.Ledger`."""
        self._held.discard(event)

    async def live(self) -> None:
        """Nobody asks."""

    async def leave(self) -> None:
        """Nobody asks."""
