"""How long to wait before all models are asked once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How often all models are tried, and the waits between; seconds.

    ``total`` bounds a whole answer: no attempt begins after it.
    """

    count: int = 3
    first: float = 1.0
    longest: float = 10.0
    total: float = 300.0


def delay(number: int, *, asked: Iterable[float | None], rounds: Rounds, jitter: float) -> float | None:
    """Return the seconds to wait after round ``number`` (from 0), or None when there is no use in waiting.

    ``asked`` is what each failed model asked for (its ``retry-after``), None where it said nothing. The
    soonest counts, since one model is enough. ``jitter`` lies in 0..1, so that pods don't come
    back all at once.
    """
    if number + 1 >= rounds.count:
        return None
    own = min(rounds.first * 2.0**number, rounds.longest)
    waits = [own if one is None else max(one, 0.0) for one in asked]
    if not waits or min(waits) > rounds.longest:
        return None
    return min(waits) + jitter * own / 2
