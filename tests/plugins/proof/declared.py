"""What gates and benches say that they show (``tests/proof/gates.toml``), and what that is worth. Pure.

A claim of a gate counts if its last run here passed. One of a bench counts if its last run ended well and
each figure that the claim names was within its bar.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proof.claims import Claim, Standing
from proof.since import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from proof.record import Run

GATES = Path(__file__).resolve().parents[2] / "proof" / "gates.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Between what the figure of that name may be; ``of`` it: the value, the ratio, or the share of its n."""

    figure: str
    least: float = -math.inf
    most: float = math.inf
    of: str = "value"

    def met(self, figures: Sequence[Mapping[str, Any]]) -> bool | None:
        """Say whether it was met; None where there is no such figure."""
        found = [figure for figure in figures if figure.get("name") == self.figure]
        if not found:
            return None
        last = found[-1]
        value = last["value"] / last["n"] if self.of == "share" else last[self.of]
        return value is not None and self.least <= value <= self.most

    def __str__(self) -> str:
        ends = [f"at least {self.least:g}"] if self.least > -math.inf else []
        ends += [f"at most {self.most:g}"] if self.most < math.inf else []
        return f"{self.figure} ({self.of}) {' and '.join(ends)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shows:
    """Rows that are shown, but for what is lacking, if all bars were met."""

    rows: tuple[str, ...]
    lacks: str = ""
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A gate, which is a command of ``make check``, or a measure or bench, which ``make TARGET`` runs."""

    kind: str
    name: str
    command: str = ""
    target: str = ""
    shows: tuple[Shows, ...] = field(default=())


def declared_in(text: str) -> list[Declared]:
    """Return the gates and benches of a table in TOML, in its order."""
    read = tomllib.loads(text)
    return [_declared(kind, one) for kind in ("gate", "measure", "bench") for one in read.get(kind, [])]


def _declared(kind: str, one: Mapping[str, Any]) -> Declared:
    shows = tuple(
        Shows(
            rows=tuple(each["rows"]),
            lacks=each.get("lacks", ""),
            bars=tuple(Bar(**bar) for bar in each.get("bars", ())),
        )
        for each in one.get("shows", ())
    )
    return Declared(kind=kind, shows=shows, **{k: v for k, v in one.items() if k != "shows"})


def claims_of(
    declared: Sequence[Declared], runs: Mapping[str, Run], since: Callable[[str], int | None]
) -> Iterator[Claim]:
    """Yield what each gate and bench claims; ``since`` says how many commits came after one."""
    for one in declared:
        run = runs.get(one.name)
        for shows in one.shows:
            standing, note = _worth(one, shows, run, since)
            for row in shows.rows:
                yield Claim(
                    row=row, by=f"{one.kind} {one.name}", standing=standing, lacks=shows.lacks, note=note
                )


def _worth(
    one: Declared, shows: Shows, run: Run | None, since: Callable[[str], int | None]
) -> tuple[Standing, str]:
    if run is None:
        return Standing.IDLE, f"declared, but never run here (make {one.target or 'check'})"
    when = told(run.moment, since(run.moment.commit))
    if not run.passed:
        return Standing.FAILED, f"failed, {when}"
    met = {bar: bar.met(run.figures) for bar in shows.bars}
    for bar, good in met.items():
        if good is False:
            return Standing.FAILED, f"missed its bar, {bar}, {when}"
    for bar, good in met.items():
        if good is None:
            return Standing.IDLE, f"did not measure {bar.figure}, {when}"
    return Standing.HOLDS, when
