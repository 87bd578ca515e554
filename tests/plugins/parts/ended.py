"""How a part ended, and what is said of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parts.table import Part

MOST_NAMED = 30
NOTHING_THERE = 5
"""pytest's exit code where it found no test."""
WORDS = ("passed", "failed", "errors", "skipped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """``code`` is None for what never began; ``counts`` are None where it died before it could tell."""

    part: Part
    code: int | None = None
    seconds: float = 0.0
    counts: Mapping[str, int] | None = None
    failed: Sequence[str] = ()
    notes: Sequence[str] = field(default=())

    @property
    def good(self) -> bool:
        """Whether all that it ran passed."""
        return self.code == 0


def ended(part: Part, code: int, seconds: float, told: Mapping[str, Any] | None) -> Ended:
    """Return how it ended by its exit code and what it told."""
    if told is None:
        return Ended(part=part, code=code, seconds=seconds)
    return Ended(
        part=part,
        code=code,
        seconds=seconds,
        counts=told["counts"],
        failed=told["failed"],
        notes=told["notes"],
    )


def summary(all_ended: Sequence[Ended]) -> list[str]:
    """Return what is said at the end: of each part what it did, which tests failed, how to run it alone."""
    lines = ["", "what the parts did:"]
    for one in all_ended:
        lines.append(f"  {one.part.name:8} {_did(one)}")
        lines += [f"           {note}" for note in one.notes]
        lines += [f"           failed: {test}" for test in one.failed[:MOST_NAMED]]
        if len(one.failed) > MOST_NAMED:
            lines.append(f"           and {len(one.failed) - MOST_NAMED} more")
        if not one.good:
            lines.append(f"           alone: {one.part.by_hand}")
    return lines


def _did(one: Ended) -> str:
    if one.code is None:
        return "was not begun"
    took = f"in {one.seconds:.0f} s"
    if one.counts is None:
        return f"ended with status {one.code} {took}, before it could tell what it did"
    counts = ", ".join(f"{one.counts[word]} {word}" for word in WORDS if one.counts.get(word))
    if one.code == NOTHING_THERE:
        return f"found no test {took}"
    bad = one.counts.get("failed") or one.counts.get("errors")
    odd = "" if one.good or bad else f"; status {one.code}"
    return f"{counts or 'nothing'} {took}{odd}"
