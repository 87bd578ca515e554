"""How often a bot failed, and so when people are told and when it is tried again. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_operator.identity import BotKey

TOLD_FROM = 2
"""Failures in a row before people are told of what the next try may solve: one alone is a blink."""
RETRY_SECONDS, RETRY_MOST_SECONDS = 5.0, 120.0
"""How soon to try again what only somebody else can solve, where no watch will tell: later each time."""


class Failing:
    """Counts per bot, until it succeeds."""

    def __init__(self, *, jitter: Callable[[float, float], float]) -> None:
        self._jitter = jitter
        self._failed: Counter[BotKey] = Counter()
        self._refused: Counter[BotKey] = Counter()

    def forget(self, bot: BotKey) -> None:
        """Forget a bot that is gone."""
        self.succeeded(bot)
        self.accepted(bot)

    def failed(self, bot: BotKey) -> bool:
        """Count what the next try may solve; return whether to tell people."""
        self._failed[bot] += 1
        return self._failed[bot] >= TOLD_FROM

    def succeeded(self, bot: BotKey) -> None:
        """Begin anew: nothing failed."""
        self._failed.pop(bot, None)

    def refused(self, bot: BotKey) -> float:
        """Count a refusal; return in how many seconds to try again."""
        seconds = min(RETRY_MOST_SECONDS, RETRY_SECONDS * 2.0 ** min(self._refused[bot], 16))
        self._refused[bot] += 1
        return self._jitter(seconds, seconds * 1.2)

    def accepted(self, bot: BotKey) -> None:
        """Begin anew: nothing was refused."""
        self._refused.pop(bot, None)
