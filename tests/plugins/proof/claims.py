"""From claims to what is shown, partly shown and missing. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from proof.table import order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proof.table import Table


class Standing(Enum):
    """What a claim is worth, by how the test, gate or bench last ended."""

    HOLDS = "holds"
    UNKNOWN = "unknown"
    """A test that wasn't run here: it counts, for it is run before anything is merged."""
    IDLE = "idle"
    """Skipped, or a gate or bench that never ran here: it counts for nothing, and against nothing."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That ``by`` shows ``row``, but for what it ``lacks``; ``note`` is how that is known."""

    row: str
    by: str
    standing: Standing
    lacks: str = ""
    note: str = ""

    @property
    def counts(self) -> bool:
        """Whether it speaks for its row."""
        return self.standing in {Standing.HOLDS, Standing.UNKNOWN}


class Verdict(Enum):
    """What is to be said of a row."""

    SHOWN = "shown"
    PARTLY = "partly"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, what is said of it, and by whom."""

    id: str
    verdict: Verdict
    claims: tuple[Claim, ...] = ()


def judged(table: Table, claims: Iterable[Claim]) -> list[Row]:
    """Return all rows of the table and of the claims, in order; without those that only plan something.

    A row is shown where a claim for the whole of it counts and none of its claims failed.
    """
    by_row: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_row[claim.row].append(claim)
    rows = {*table.wanted, *by_row}
    return [_judged(row, by_row.get(row, ())) for row in sorted(rows, key=order)]


def _judged(row: str, claims: Iterable[Claim]) -> Row:
    found = tuple(claims)
    counting = [claim for claim in found if claim.counts]
    failed = any(claim.standing is Standing.FAILED for claim in found)
    if not counting:
        verdict = Verdict.MISSING
    elif failed or all(claim.lacks for claim in counting):
        verdict = Verdict.PARTLY
    else:
        verdict = Verdict.SHOWN
    return Row(id=row, verdict=verdict, claims=found)


def unknown(rows: Iterable[Row], texts: Mapping[str, str]) -> list[Row]:
    """Return the rows that are claimed and not in the table; none where there is no table."""
    return [row for row in rows if texts and row.id not in texts]
