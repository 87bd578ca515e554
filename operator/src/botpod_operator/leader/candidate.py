"""Whether to take the Lease, renew it, wait or give up. Pure: time and answers come in, a step goes out.

Why two never lead at once: who leads stops believing it ``renew_seconds`` after it *began* its last renewal
that succeeded. Another one takes the Lease only after it saw it unchanged for ``lease_seconds``, which are
more, and only if the Lease is still the one it saw: the API server refuses the write otherwise. All of it by
each one's own clock, which has to run evenly, not to be right.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.leader.lease import Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The times of an election, in seconds; ``call < renew < lease``."""

    lease_seconds: int = 10
    """A leader that isn't heard of for so long is over."""
    renew_seconds: float = 7.0
    """A leader that couldn't renew for so long stops."""
    retry_seconds: float = 2.0
    """How often the leader renews."""
    look_seconds: float = 1.0
    """How often the others look: bounds how long a released Lease lies about."""
    call_seconds: float = 3.0
    """The most one call may take: a hung connection leaves time for another one before the leader is over."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Read:
    """Read the Lease, in so many seconds at most."""

    within: float


@dataclass(frozen=True, slots=True)
class Write:
    """Take or renew the Lease where it is still as it was read, in so many seconds at most."""

    within: float
    before: Lease | None
    """None: there is none, create it."""


@dataclass(frozen=True, slots=True)
class Lost:
    """It led and doesn't any more; ``why`` is a sentence's end."""

    why: str


type Step = Wait | Read | Write | Lost


class Candidate:
    """One process's part in the election. ``now`` is always its own monotonic time."""

    def __init__(
        self, *, identity: str, terms: Terms, jitter: Callable[[float, float], float] = random.uniform
    ) -> None:
        self.identity = identity
        self.terms = terms
        self._jitter = jitter
        self._seen: Lease | None = None
        self._since = -math.inf
        self._write_next = False
        self._due = -math.inf
        self._until: float | None = None
        self._lost: str | None = None

    def leads(self, now: float) -> bool:
        """Return whether this process may act at this moment."""
        return self._until is not None and self._lost is None and now < self._until

    def step(self, now: float) -> Step:
        """Return what to do next."""
        if self._until is not None and now >= self._until and self._lost is None:
            self._lost = f"it could not be renewed for {self.terms.renew_seconds:g} s"
        if self._lost is not None:
            return Lost(self._lost)
        if now < self._due:
            return Wait(min(self._due, self._until or math.inf) - now)
        within = min(self.terms.call_seconds, (self._until or math.inf) - now)
        return Write(within, self._seen) if self._write_next else Read(within)

    def was_read(self, lease: Lease | None, *, now: float) -> None:
        """Take in what a read showed; None where there is no Lease."""
        self._see(lease, now)
        if self._until is None:
            free_at = self._free_at()
            self._write_next = now >= free_at
            self._due = now if self._write_next else min(free_at, now + self._soon())
        elif lease is not None and lease.holder != self.identity:
            self._lost = f'"{lease.holder}" has it' if lease.holder else "somebody emptied it"
        else:  # a write of ours came through unanswered, or the Lease was deleted
            self._write_next, self._due = True, now

    def was_written(self, lease: Lease, *, begun: float, now: float) -> None:
        """Take in that a write, begun then, was accepted: this process leads."""
        self._see(lease, now)
        self._until = begun + self.terms.renew_seconds
        self._write_next, self._due = True, begun + self.terms.retry_seconds * self._jitter(0.8, 1.0)

    def was_outdated(self, *, now: float) -> None:
        """Take in that a write was refused because the Lease is another one by now."""
        self._write_next = False
        self._due = now + (self._soon() if self._until is None else self._jitter(0.0, 0.2))

    def failed(self, *, begun: float, now: float) -> None:
        """Take in that a call brought nothing; whether a write came through is open."""
        if self._until is None:
            self._write_next = False
        self._due = max(now, begun + self.terms.retry_seconds) + self._jitter(0.0, 0.3)

    def resign(self) -> None:
        """Lead no more, whatever becomes of the Lease."""
        self._until, self._lost = None, "it is given back"

    def _free_at(self) -> float:
        """Return from when on the Lease may be taken."""
        if self._seen is None:
            return self._since + self.terms.lease_seconds
        if self._seen.holder in {"", self.identity}:
            return -math.inf
        return self._since + (self._seen.seconds or self.terms.lease_seconds)

    def _see(self, lease: Lease | None, now: float) -> None:
        known, shown = (one.version if one else None for one in (self._seen, lease))
        # One that vanishes may have a leader, who makes it anew; where there never was one there is nobody.
        if known != shown:
            self._since = now
        self._seen = lease

    def _soon(self) -> float:
        return self.terms.look_seconds * self._jitter(0.8, 1.0)
