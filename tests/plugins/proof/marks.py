"""What the marks of tests claim, by how those tests last ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proof.claims import Claim, Standing
from proof.since import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from proof.record import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One test, or one case of it, with what a mark on it says."""

    id: str
    row: str
    lacks: str = ""

    @property
    def test(self) -> str:
        """The test without the case."""
        return self.id.split("[", 1)[0]


def claims_of(
    marked: Iterable[Marked],
    outcomes: Mapping[str, tuple[str, Moment]],
    since: Callable[[str], int | None],
) -> Iterator[Claim]:
    """Yield one claim for each test and row; of several cases the worst that is known counts."""
    cases: dict[tuple[str, str, str], list[str]] = {}
    for one in marked:
        cases.setdefault((one.test, one.row, one.lacks), []).append(one.id)
    for (test, row, lacks), ids in cases.items():
        standing, note = _worth([outcomes[case] for case in ids if case in outcomes], since)
        yield Claim(row=row, by=test, standing=standing, lacks=lacks, note=note)


def _worth(known: list[tuple[str, Moment]], since: Callable[[str], int | None]) -> tuple[Standing, str]:
    if not known:
        return Standing.UNKNOWN, "not run here"
    for outcome, standing in (("failed", Standing.FAILED), ("skipped", Standing.IDLE)):
        for ended, moment in known:
            if ended == outcome:
                return standing, f"{outcome}, {told(moment, since(moment.commit))}"
    return Standing.HOLDS, ""
