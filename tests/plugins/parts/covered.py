"""How much of the code was gone through: of all lines, and of the paths that are critical. Pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The least percentage of all lines, and the globs of the files of each critical path: all of theirs."""

    least: float
    critical: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Of a set of files: how many lines can be run, and which were not."""

    lines: int
    missing: Mapping[str, tuple[int, ...]]

    @property
    def percent(self) -> float:
        """How many of the lines were run; 100 where there are none."""
        return 100.0 * (1 - sum(map(len, self.missing.values())) / self.lines) if self.lines else 100.0


def wanted_in(text: str) -> Wanted:
    """Return what a table in TOML wants."""
    read = tomllib.loads(text)
    return Wanted(least=read["least"], critical={k: tuple(v) for k, v in read["critical"].items()})


def covered(report: Mapping[str, Any], globs: Sequence[str] | None = None) -> Lines:
    """Return what coverage's JSON report says of the files that a glob fits, or of all."""
    files = {
        path: one
        for path, one in report["files"].items()
        if globs is None or any(PurePath(path).full_match(glob) for glob in globs)
    }
    return Lines(
        lines=sum(one["summary"]["num_statements"] for one in files.values()),
        missing={path: tuple(one["missing_lines"]) for path, one in files.items() if one["missing_lines"]},
    )


def critical(report: Mapping[str, Any], wanted: Wanted) -> Lines:
    """Return what it says of all critical files."""
    return covered(report, [glob for globs in wanted.critical.values() for glob in globs])


def told(report: Mapping[str, Any], wanted: Wanted) -> Iterator[str]:
    """Yield what is said of it, and which critical lines nothing went through."""
    everything = covered(report)
    yield f"lines covered: {everything.percent:.1f} % of {everything.lines} (at least {wanted.least:g} %)"
    for name, globs in wanted.critical.items():
        part = covered(report, globs)
        if not part.lines:
            yield f"  {name}: no file is named by its globs"
            continue
        yield f"  {name}: {part.percent:.1f} % of {part.lines} (all)"
        for path, lines in part.missing.items():
            yield f"    {path}: {_ranges(lines)}"


def good(report: Mapping[str, Any], wanted: Wanted) -> bool:
    """Say whether it is as wanted."""
    named = all(covered(report, globs).lines for globs in wanted.critical.values())
    return named and covered(report).percent >= wanted.least and not critical(report, wanted).missing


def _ranges(lines: Sequence[int]) -> str:
    starts = [lines[0], *(b for a, b in pairwise(lines) if b != a + 1)]
    ends = [*(a for a, b in pairwise(lines) if b != a + 1), lines[-1]]
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))
