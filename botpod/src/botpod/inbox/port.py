"""The inbox and the ledger: what each promises, whatever keeps it.

A shard's owner writes an event into the shard's inbox before the sequence to resume from moves past it, and
takes it out when it is handled. What a pod leaves behind the shard's next owner finds there. The ledger says
who is on an event, so that each is handled once, also while one owner finishes what the next one finds.

None of these methods raises for trouble with the store: while it is away events are kept in this process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botpod.state.port import Lease, Session


class Claim(Enum):
    """Whose an event is."""

    OURS = auto()
    """Nobody was on it: it is ours to handle now."""
    INHERITED = auto()
    """Somebody was on it who is gone: it is ours, and may have been answered in part."""
    ELSEWHERE = auto()
    """Somebody who lives is on it."""
    DONE = auto()
    """It was handled."""


OURS = frozenset({Claim.OURS, Claim.INHERITED})
"""Those with which an event is ours to handle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event on its way into the inbox; ``text`` is JSON.

    ``claim``: the event's name in the ledger, where it is to be claimed in the same step.
    """

    text: str
    claim: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in a shard's inbox; ``text`` is JSON, ``id`` names it there.

    ``count`` is that of the set the shard is of, None for this pod's own. ``claim`` is what the ledger said
    as the event was taken, None where it wasn't asked.
    """

    shard: int
    id: str
    text: str
    count: int | None = None
    claim: Claim | None = None


class Ledger(Protocol):
    """Who is on which event."""

    async def claim(self, event: str) -> Claim:
        """Take ``event`` unless it was handled, or somebody who lives is on it."""
        ...

    async def said(self, event: str) -> Mapping[int, int]:
        """Return what was noted of the answer to ``event``, part → message; nothing where it isn't known."""
        ...

    async def note(self, event: str, part: int, message: int) -> None:
        """Note which message a part of the answer to ``event`` is, for whoever inherits it."""
        ...

    async def holds(self, event: str) -> bool:
        """Return whether ``event`` is still ours: another takes it who believes that we don't live."""
        ...

    async def settle(self, event: str, entry: Entry | None) -> None:
        """Note that ``event``, which is ours, was handled, and take its entry out of the inbox."""
        ...

    async def let_go(self, event: str) -> None:
        """Leave ``event``, which is ours and not handled, to whoever comes next."""
        ...


class Inbox(Ledger, Protocol):
    """What isn't handled yet of each shard, in the order of its arrival."""

    async def take(
        self, lease: Lease, events: Sequence[NewEvent], session: Session
    ) -> tuple[Entry, ...] | None:
        """Write events into a shard's inbox, claim them and move its session on, in one step.

        Returns their entries, None while the store is away.

        Raises:
            LeaseLost: another pod owns the shard. Nothing was written.
        """
        ...

    async def left(self, shard: int, *, count: int | None = None) -> tuple[Entry, ...] | None:
        """Return what is in a shard's inbox, the oldest first; None while the store is away.

        ``count``: of which set, if not of this pod's own.
        """
        ...

    async def discard(self, entry: Entry) -> None:
        """Take an entry out of the inbox that is for nobody."""
        ...

    async def live(self) -> None:
        """Say that this pod lives: what it has claimed stays its own for one lease time more."""
        ...

    async def leave(self) -> None:
        """Say that this pod handles nothing any more."""
        ...
