"""Roles that a Vault asked to wait: each by itself, so that one team's haste costs no other team anything.

Pure but for the clock it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_credentials.errors import CredentialsUnusable

FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0
"""Where Vault doesn't say for how long."""

type Asker = tuple[str, ...]
"""Vault's address, its login mount, the role, and the namespace that asks as it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pause:
    problem: CredentialsUnusable
    tries: int
    until: float


class Pauses:
    """When each of those may ask again that were told to wait."""

    def __init__(self, *, clock: Callable[[], float], jitter: Callable[[float, float], float]) -> None:
        self._clock = clock
        self._jitter = jitter
        self._pauses: dict[Asker, _Pause] = {}

    def problem(self, asker: Asker) -> CredentialsUnusable | None:
        """Return what somebody was told, while it holds."""
        pause = self._pauses.get(asker)
        return pause.problem if pause is not None and self._clock() < pause.until else None

    def told_to_wait(self, asker: Asker, problem: CredentialsUnusable) -> None:
        """A Vault asked somebody to wait."""
        now = self._clock()
        before = self._pauses.get(asker)
        if before is not None and now < before.until:
            return  # asked before that was known
        tries = before.tries + 1 if before else 0
        seconds = max(problem.retry_after or 0.0, min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(tries, 16)))
        until = now + self._jitter(seconds, seconds * 1.2)
        self._pauses = {who: one for who, one in self._pauses.items() if one.until > now - MOST_SECONDS}
        self._pauses[asker] = _Pause(problem=problem, tries=tries, until=until)

    def answered(self, asker: Asker) -> None:
        """Somebody's question was answered."""
        pause = self._pauses.get(asker)
        if pause is not None and self._clock() >= pause.until:
            del self._pauses[asker]
