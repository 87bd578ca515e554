"""How long a guild went without anybody who answers, after each thing that was done to the processes. Pure.

Two measures, of which the longer counts. What the sessions show: how long no connected session heard the
guild. What a person sees: how much longer than usual the slowest answer took. The first is exact but believes
that whoever is connected also answers; the second believes nobody but sees only as finely as people ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from continuity.sessions import unheard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from continuity.messages import Exchange
    from continuity.sessions import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that was done at ``at``; ``planned`` where whoever was met could prepare for it."""

    at: float
    name: str
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What ``mark`` meant for one guild whose sessions it met, in seconds."""

    mark: Mark
    guild_id: int | None
    unheard: float
    waited: float

    @property
    def seconds(self) -> float:
        """The longer of both."""
        return max(self.unheard, self.waited)


def usual_wait(exchanges: Iterable[Exchange]) -> float:
    """Return the median of the seconds until an answer; 0 if there was none."""
    return median([one.seconds for one in exchanges if one.seconds is not None] or [0.0])


def gaps(
    marks: Sequence[Mark], stretches: Sequence[Held], exchanges: Sequence[Exchange], *, end: float
) -> list[Gap]:
    """Return a gap for every mark and every guild in which people asked and which lost a session then.

    Args:
        marks: in order; each reaches until the next.
        stretches: see :func:`continuity.sessions.held`.
        exchanges: what was asked and answered; what was never answered is no gap, it is lost.
        end: when the record ends; who is still unheard then has been until then.
    """
    usual = usual_wait(exchanges)
    asked = sorted({one.question.guild_id for one in exchanges}, key=lambda guild: guild or 0)
    return [
        Gap(
            mark=mark,
            guild_id=guild,
            unheard=_longest(min(to, end) - begin for begin, to in nobody[guild] if start <= begin < stop),
            waited=_longest(
                one.seconds - usual
                for one in exchanges
                if one.question.guild_id == guild
                and one.seconds is not None
                and start <= one.answers[0].at < stop
            ),
        )
        for nobody in [{guild: unheard(stretches, guild) for guild in asked}]
        for mark, start, stop in _windows(marks)
        for guild in asked
        if any(one.hears(guild) and start <= one.end < stop for one in stretches)
    ]


def _windows(marks: Sequence[Mark]) -> Iterator[tuple[Mark, float, float]]:
    for number, mark in enumerate(marks):
        yield mark, mark.at, marks[number + 1].at if number + 1 < len(marks) else float("inf")


def _longest(seconds: Iterable[float]) -> float:
    return max((0.0, *seconds))
