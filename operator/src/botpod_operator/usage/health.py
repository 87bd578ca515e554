"""How pods say they stand with what they depend on, and what that comes to. Pure.

A pod is its owner's: of what it says yes or no and numbers are taken, within bounds, and never a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

type Trouble = Literal["RedisUnreachable", "SessionStartsSpent", "SessionStartsScarce", "RedisMayLoseState"]
"""The reasons of Continuity that pods can tell, the worst first."""

SCARCE, KEPT_BACK = 0.2, 0.02
"""Parts of the day's session starts: the last of the first are spent sparingly, of the second not at all."""
MOST_STARTS = 1_000_000
"""More than any bot on Discord has in a day; what says more isn't believed."""
MOST_SECONDS = 86_400.0 + 3_600.0
"""Discord counts anew within a day; an hour for clocks that differ."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Starts:
    """How many sessions may still be begun until Discord counts anew, in seconds since the epoch."""

    remaining: int
    total: int
    until: float

    @property
    def scarce(self) -> bool:
        """Whether the bot spends what is left sparingly."""
        return self.remaining <= self.total * SCARCE

    @property
    def spent(self) -> bool:
        """Whether no session begins any more until Discord counts anew."""
        return self.remaining - self.total * KEPT_BACK < 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PodHealth:
    """How one pod stands."""

    redis: bool | None = None
    """Whether Redis does what the pod asks of it; None where it asks for nothing, or hasn't yet."""
    forgetful: bool = False
    """Whether Redis's settings may lose what it holds."""
    starts: Starts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a bot's pods stand; without arguments: all is well."""

    pods: int = 0
    """Those that told."""
    cut_off: int = 0
    """Those of them that have no Redis."""
    forgetful: bool = False
    starts: Starts | None = None
    """The fewest that a pod knows of, where they are scarce."""

    @property
    def trouble(self) -> Trouble | None:
        """The worst there is; None where all is well."""
        if self.cut_off:
            return "RedisUnreachable"
        if self.starts is not None and self.starts.spent:
            return "SessionStartsSpent"
        if self.starts is not None:
            return "SessionStartsScarce"
        return "RedisMayLoseState" if self.forgetful else None


WELL = Health()


def health_in(content: dict[Any, Any]) -> PodHealth:
    """Read a pod's answer, whatever is in it."""
    works = _section(_section(content, "dependencies"), "redis").get("ok")
    return PodHealth(
        redis=works if isinstance(works, bool) else None,
        forgetful=isinstance(_section(content, "notes").get("redis"), str),
        starts=_starts(_section(content, "sessionStarts")),
    )


def health(said: Iterable[PodHealth | None], *, now: float) -> Health | None:
    """Sum up what pods said at ``now``, in seconds since the epoch; None where none said anything."""
    told = [one for one in said if one is not None]
    if not told:
        return None
    # What a pod heard before the day was over is of the past.
    scarce = [
        one.starts
        for one in told
        if one.starts is not None and one.starts.scarce and now < one.starts.until <= now + MOST_SECONDS
    ]
    found = Health(
        pods=len(told),
        cut_off=sum(one.redis is False for one in told),
        forgetful=any(one.forgetful for one in told),
        starts=min(scarce, default=None),
    )
    return found if found.trouble else WELL


def _section(content: dict[Any, Any], name: str) -> dict[Any, Any]:
    found = content.get(name)
    return found if isinstance(found, dict) else {}


def _starts(section: dict[Any, Any]) -> Starts | None:
    remaining, total = _count(section.get("remaining")), _count(section.get("total"))
    until = section.get("until")
    if remaining is None or not total or remaining > total:
        return None
    if isinstance(until, bool) or not isinstance(until, int | float):
        return None
    return Starts(remaining=remaining, total=total, until=until)


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_STARTS else None
