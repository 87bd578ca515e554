"""From verdicts to figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from figures import Figure, percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from continuity.gaps import Gap, Mark
    from continuity.verdict import Verdict
    from lag import Stall

TOLD = 10
"""How many of the longest gaps are told of."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One story's verdict; ``needed`` are the IDENTIFYs that it can't do without.

    ``sessions_end``: Discord itself ends the sessions in it, so that some commands reach nobody.
    """

    name: str
    verdict: Verdict
    needed: int = 0
    sessions_end: bool = False

    @property
    def lost(self) -> int:
        """What nobody answered, or not as it should be; not what reached nobody because Discord wished so."""
        verdict = self.verdict
        unsent = len(verdict.unsent_commands) if self.sessions_end else 0
        return len(verdict.lost) + len(verdict.lost_commands) - unsent + len(verdict.unfinished)

    @property
    def twice(self) -> int:
        """What was answered more than once, or without having been asked."""
        return len(self.verdict.twice) + len(self.verdict.commands_twice) + len(self.verdict.stray)

    @property
    def asked(self) -> int:
        """Messages and commands."""
        return self.verdict.asked + self.verdict.commands

    @property
    def identifies(self) -> int:
        """IDENTIFYs, whatever became of them: all count against the day's budget."""
        return self.verdict.starts.identifies.total()


def figures(result: Result) -> list[Figure]:
    """Return one story's figures."""
    verdict, name = result.verdict, result.name
    counts = {
        "lost": (result.lost, result.asked),
        "twice": (result.twice, result.asked),
        "out_of_order": (len(verdict.out_of_order), verdict.asked),
        "late": (len(verdict.late), verdict.commands),
        "unsent": (len(verdict.unsent_commands), verdict.commands),
        "repeated": (verdict.repeated, result.asked),
        "identifies": (result.identifies, result.identifies),
        "resumes": (verdict.starts.resumes["resumed"], verdict.starts.resumes.total()),
        "op9": (verdict.starts.invalid, verdict.starts.invalid),
    }
    found = [Figure(name=f"{what}_{name}", value=value, unit="", n=n) for what, (value, n) in counts.items()]
    found.append(Figure(name=f"usual_{name}_s", value=verdict.usual, unit="s", n=verdict.asked))
    for planned, kind in ((True, f"gap_{name}"), (False, f"gap_unplanned_{name}")):
        met = [gap for gap in verdict.gaps if gap.mark.planned == planned]
        found += _gap_figures(kind, met)
        found += _gap_figures(f"{kind}_unheard", met, by=lambda gap: gap.unheard)
    return found


def longest(result: Result, stalls: Sequence[Stall] = ()) -> list[str]:
    """Say which gaps were the longest: after what, which time it was done, when, and beside which stall."""
    marks = list(dict.fromkeys(gap.mark for gap in result.verdict.gaps))
    worst = sorted(result.verdict.gaps, key=lambda gap: gap.seconds, reverse=True)[:TOLD]
    return [
        f"{gap.seconds:.2f} s (unheard {gap.unheard:.2f}) after {gap.mark.name} number"
        f" {marks.index(gap.mark) + 1}, {gap.mark.at - marks[0].at:.0f} s from the first,"
        f" guild {gap.guild_id}" + _beside(gap, marks, stalls)
        for gap in worst
    ]


def _beside(gap: Gap, marks: Sequence[Mark], stalls: Sequence[Stall]) -> str:
    """Say for how long the stand-in did nothing between this gap's mark and the next."""
    until = min((mark.at for mark in marks if mark.at > gap.mark.at), default=float("inf"))
    met = [stall.seconds for stall in stalls if gap.mark.at <= stall.at <= until]
    return f"; the stand-in did nothing for {max(met):.2f} s" if met else ""


def totals(results: Sequence[Result]) -> list[Figure]:
    """Return the figures of the design's table, over all stories."""
    asked = sum(result.asked for result in results)
    without = [result for result in results if not result.needed]
    extra = [max(0, result.identifies - result.needed) for result in results if result.needed]
    gaps = [gap for result in results for gap in result.verdict.gaps]
    killed = [gap for gap in gaps if gap.mark.name == "SIGKILL"]
    return [
        Figure(name="lost", value=sum(result.lost for result in results), unit="", n=asked),
        Figure(name="twice", value=sum(result.twice for result in results), unit="", n=asked),
        Figure(
            name="identifies",
            value=sum(result.identifies for result in without),
            unit="",
            n=len(without),
        ),
        Figure(name="identifies_extra", value=sum(extra), unit="", n=len(extra)),
        *_gap_figures("gap", [gap for gap in gaps if gap.mark.planned]),
        *_gap_figures("gap_kill", killed),
    ]


def _gap_figures(
    name: str, gaps: Sequence[Gap], by: Callable[[Gap], float] = lambda gap: gap.seconds
) -> list[Figure]:
    seconds = [by(gap) for gap in gaps]
    if not seconds:
        return []
    return [
        Figure(
            name=f"{name}_p{share * 100:.0f}_s", value=percentile(seconds, share), unit="s", n=len(seconds)
        )
        for share in (0.5, 0.99)
    ]
