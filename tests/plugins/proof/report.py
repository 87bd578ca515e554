"""From judged rows to the lines that ``make requirements`` prints. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proof.claims import Row, Standing, Verdict, judged, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proof.claims import Claim
    from proof.table import Table

WIDE = 90
INDENT = " " * 18


def report(table: Table, claims: Iterable[Claim]) -> list[str]:
    """Return a paragraph for each row, those that are shown first, then the counts."""
    rows = judged(table, claims)
    strange = unknown(rows, table.texts)
    known = [row for row in rows if row not in strange]
    lines: list[str] = []
    for verdict in Verdict:
        for row in known:
            if row.verdict is verdict:
                lines += _paragraph(verdict.value, row, table.texts.get(row.id, ""))
    for row in strange:
        lines += _paragraph("unknown", row, "no such row")
    return [*lines, "", _counts(known, strange, planned=len(table.planned))]


def _paragraph(word: str, row: Row, text: str) -> Iterator[str]:
    yield f"{word:8} {row.id:8} {text[:WIDE]}".rstrip()
    for claim in row.claims:
        yield INDENT + "; ".join(filter(None, (claim.by, claim.note)))
        if claim.lacks:
            yield f"{INDENT}  lacks: {claim.lacks}"


def _counts(known: list[Row], strange: list[Row], *, planned: int) -> str:
    number = {verdict: sum(row.verdict is verdict for row in known) for verdict in Verdict}
    idle = sum(
        row.verdict is Verdict.MISSING and any(claim.standing is Standing.IDLE for claim in row.claims)
        for row in known
    )
    counts = [f"{number[verdict]} {verdict.value}" for verdict in Verdict]
    if idle:
        counts[-1] += f" ({idle} of them claimed by what hasn't run here)"
    counts.append(f"{len(strange)} unknown")
    if planned:
        counts.append(f"{planned} only plan something, there is nothing to show")
    return ", ".join(counts)
