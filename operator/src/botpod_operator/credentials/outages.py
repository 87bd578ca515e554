"""Which Vaults don't answer, and when one of them may be asked again. Pure but for the clock it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_credentials.errors import CredentialsUnusable

FIRST_SECONDS, MOST_SECONDS = 1.0, 30.0

OF_THE_VAULT = frozenset(
    {"VaultSealed", "VaultUnavailable", "VaultUnreachable", "VaultNotTrusted", "VaultCaInvalid"}
)
"""Troubles that whoever asks this Vault next will have, too.

Not among them is what may be about one role or path: an owner chooses those, and must not be able to have a
Vault taken for down. So neither a 429 is, nor an answer that nobody expects.
"""
AS_ONE_SECONDS = FIRST_SECONDS / 2
"""Failures within this time are one: they were asked before the first was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outage:
    problem: CredentialsUnusable
    tries: int
    due: float
    since: float


class Outages:
    """Lets one question at a time through to a Vault that is down, later each time."""

    def __init__(self, *, clock: Callable[[], float], jitter: Callable[[float, float], float]) -> None:
        self._clock = clock
        self._jitter = jitter
        self._outages: dict[str, _Outage] = {}

    def problem(self, vault: str) -> CredentialsUnusable | None:
        """Return what is wrong with a Vault, until it is time for one more question."""
        outage = self._outages.get(vault)
        if outage is None:
            return None
        if self._clock() < outage.due:
            return outage.problem
        # Whoever comes first asks; the others go on being told what was found, until that is answered.
        self._outages[vault] = _Outage(
            problem=outage.problem,
            tries=outage.tries,
            due=self._clock() + FIRST_SECONDS * 10,
            since=outage.since,
        )
        return None

    def known(self, vault: str) -> CredentialsUnusable | None:
        """Return what was wrong with a Vault when it was last asked, whoever may ask next."""
        outage = self._outages.get(vault)
        return outage.problem if outage else None

    def due_in(self, vault: str) -> float:
        """Return the seconds until the next question may be asked."""
        outage = self._outages.get(vault)
        return max(0.0, outage.due - self._clock()) if outage else 0.0

    def failed(self, vault: str, problem: CredentialsUnusable) -> None:
        """A question was not answered."""
        before, now = self._outages.get(vault), self._clock()
        if before is not None and now - before.since < AS_ONE_SECONDS:
            return
        tries = before.tries + 1 if before else 0
        seconds = min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(tries, 16))
        due = now + self._jitter(seconds, seconds * 1.2)
        self._outages[vault] = _Outage(problem=problem, tries=tries, due=due, since=now)

    def answered(self, vault: str) -> bool:
        """A question was answered; return whether that ends an outage."""
        return self._outages.pop(vault, None) is not None
