"""A circuit breaker as a value: states and times in, a new state out.

::

    closed ──(``failures`` in a row)──▶ open ──(cool-down)──▶ half open ──success──▶ closed
                                         ▲                        │
                                         └────────failure─────────┘  (each time a longer cool-down)

Half open lets one request through at a time: the probe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Circuit(StrEnum):
    """How a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "halfOpen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When to open and for how long; times in seconds.

    ``probe`` is how long a probe keeps others out if nobody ever says how it ended.
    """

    failures: int = 5
    cool_down: float = 10.0
    longest: float = 120.0
    probe: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The state of one breaker; a new one is closed. ``now`` is seconds of any monotonic clock."""

    failures: int = 0
    openings: int = 0
    opened_at: float | None = None
    probing_since: float | None = None

    def circuit(self, now: float, policy: Policy) -> Circuit:
        """Say how it stands at ``now``."""
        if self.opened_at is None:
            return Circuit.CLOSED
        return Circuit.OPEN if self.wait(now, policy) > 0 else Circuit.HALF_OPEN

    def wait(self, now: float, policy: Policy) -> float:
        """Return the seconds until a request may be tried again; 0 when one may be tried now."""
        if self.opened_at is None:
            return 0.0
        cool_down = min(policy.cool_down * 2.0 ** min(self.openings - 1, 32), policy.longest)
        return max(0.0, cool_down - (now - self.opened_at))

    def admit(self, now: float, policy: Policy) -> tuple[Breaker, bool]:
        """Ask whether a request may be tried; a granted one must end in one of the three below."""
        circuit = self.circuit(now, policy)
        if circuit is not Circuit.HALF_OPEN:
            return self, circuit is Circuit.CLOSED
        if self.probing_since is not None and now - self.probing_since < policy.probe:
            return self, False
        return replace(self, probing_since=now), True

    def succeeded(self) -> Breaker:
        """Record that the endpoint answered: closed, whatever it was."""
        return Breaker()

    def failed(self, now: float, policy: Policy) -> Breaker:
        """Record a failure that speaks of the endpoint's health."""
        if self.probing_since is not None:
            return Breaker(failures=self.failures, openings=self.openings + 1, opened_at=now)
        if self.opened_at is not None:
            return self  # begun before it opened; it says nothing new
        failures = self.failures + 1
        if failures < policy.failures:
            return replace(self, failures=failures)
        return Breaker(failures=failures, openings=1, opened_at=now)

    def abandoned(self) -> Breaker:
        """Record that a request ended without telling anything, for it was cancelled."""
        return replace(self, probing_since=None)
