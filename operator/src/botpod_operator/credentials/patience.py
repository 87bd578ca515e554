"""When to ask again about what was refused or could not be told. Pure but for the clock it is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.credentials.delivery import Outcome
    from botpod_operator.identity import BotKey

CERTAIN_FIRST, CERTAIN_MOST = 60.0, 3600.0
"""A refusal seldom changes, and each question counts at the vendor: Discord bans an address after 10,000
refusals in 10 minutes."""
UNCLEAR_FIRST, UNCLEAR_MOST = 5.0, 300.0
"""A vendor that is away comes back, and somebody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What stands until it is time to ask again."""

    digest: str
    outcome: Outcome
    tries: int
    due: float


class Patience:
    """Remembers per bot what came of the newest values, and until when that stands."""

    def __init__(
        self, *, clock: Callable[[], float], jitter: Callable[[float, float], float] = lambda low, _: low
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._waiting: dict[BotKey, Waiting] = {}

    def standing(self, bot: BotKey, digest: str) -> Outcome | None:
        """Return what came of the values of this digest, while it isn't time to ask again."""
        waiting = self._waiting.get(bot)
        if waiting is None or waiting.digest != digest or self._clock() >= waiting.due:
            return None
        return waiting.outcome

    def last(self, bot: BotKey, digest: str) -> Outcome | None:
        """Return what came of the values of this digest the last time, even where it is time to ask again."""
        waiting = self._waiting.get(bot)
        return waiting.outcome if waiting is not None and waiting.digest == digest else None

    def knows(self, bot: BotKey, digest: str) -> bool:
        """Return whether the values of this digest were ever asked about here."""
        return self.last(bot, digest) is not None

    def due_in(self, bot: BotKey) -> float | None:
        """Return in how many seconds to ask again; None where nothing waits."""
        waiting = self._waiting.get(bot)
        return max(0.0, waiting.due - self._clock()) if waiting else None

    def hurry(self, bot: BotKey) -> None:
        """Make it time to ask again: what the values were held against may be another now."""
        waiting = self._waiting.get(bot)
        if waiting is not None:
            self._waiting[bot] = replace(waiting, due=self._clock())

    def wait(self, bot: BotKey, digest: str, outcome: Outcome, *, certain: bool, at_least: float) -> None:
        """Let ``outcome`` stand for a while: longer each time for the same values."""
        before = self._waiting.get(bot)
        tries = before.tries + 1 if before is not None and before.digest == digest else 0
        first, most = (CERTAIN_FIRST, CERTAIN_MOST) if certain else (UNCLEAR_FIRST, UNCLEAR_MOST)
        seconds = max(at_least, min(most, first * 2.0 ** min(tries, 16)))
        due = self._clock() + self._jitter(seconds, seconds * 1.2)
        self._waiting[bot] = Waiting(digest=digest, outcome=outcome, tries=tries, due=due)

    def forget(self, bot: BotKey) -> None:
        """Forget a bot that is gone, or whose values are settled."""
        self._waiting.pop(bot, None)
