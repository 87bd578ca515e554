"""Whether each Deployment follows its bot's ``spec.replicas``, and how soon. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(kw_only=True)
class Following:
    """What was seen by looking at both again and again.

    Attributes:
        swings: how often a bot's replicas were others than at the look before.
        lags: seconds from a look that showed a difference to the first that showed none; 0 for a swing whose
            Deployment was level at once.
    """

    swings: int = 0
    lags: list[float] = field(default_factory=list)
    _before: dict[str, int] = field(default_factory=dict)
    _behind: dict[str, float] = field(default_factory=dict)

    def look(self, wanted: Mapping[str, int], have: Mapping[str, int], *, now: float) -> None:
        """Take in what bots want and their Deployments have, by the bots' names."""
        for bot, replicas in wanted.items():
            swung = self._before.get(bot, replicas) != replicas
            self._before[bot] = replicas
            self.swings += swung
            if have.get(bot) != replicas:
                self._behind.setdefault(bot, now)
            elif swung or bot in self._behind:
                self.lags.append(now - self._behind.pop(bot, now))

    def behind(self, *, now: float) -> float:
        """Return for how long the one that is furthest behind has been so."""
        return max((now - since for since in self._behind.values()), default=0.0)
