"""What pods say of themselves at ``/status``, and what that comes to. Pure.

A pod is its owner's: nothing it says is believed beyond what it uses, and no text of it is taken whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botpod_operator.usage.health import health_in
from botpod_operator.usage.shards import owned_in, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_operator.usage.health import PodHealth
    from botpod_operator.usage.shards import Owned, Spread

MOST_PROBLEMS = 3
MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What every pod shall use: a delivery of credentials and a revision of the configuration."""

    delivery: str
    revision: str

    @property
    def mark(self) -> str:
        """What is written on a pod so that its kubelet looks for new files."""
        return f"{self.delivery}.{self.revision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one pod uses; ``problems`` are why it doesn't take up its newest configuration."""

    delivery: str | None
    revision: str | None
    problems: tuple[str, ...] = ()
    shards: Owned | None = None
    health: PodHealth | None = None
    """None where the bot in the pod said nothing."""

    def is_current(self, wanted: Wanted) -> bool:
        """Return whether the pod uses what it shall, or has said why it won't."""
        return self.delivery == wanted.delivery and (self.revision == wanted.revision or bool(self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a bot's running pods use of what they shall."""

    wanted: Wanted
    pods: int
    credentials: int
    """Pods that use the delivery."""
    problems: tuple[str, ...] = ()
    complete: bool
    """Every pod uses all of it, or has said why it won't, and the shards are spread."""
    shards: Spread | None = None


def report_in(content: Any) -> Report:
    """Read a pod's answer, whatever it is."""
    if not isinstance(content, dict):
        return Report(delivery=None, revision=None)
    credentials, configuration = content.get("credentials"), content.get("configuration")
    return Report(
        delivery=_text(credentials, "delivery"),
        revision=_text(configuration, "revision"),
        problems=_problems(configuration),
        shards=owned_in(content),
        health=health_in(content),
    )


def with_problem(report: Report | None, content: Any) -> Report | None:
    """Add why a pod can't take its credentials from Vault, as the container beside the bot says.

    A bot that gave no report may not have started for want of them.
    """
    problem = _text(content, "problem")
    if problem is None:
        return report
    known = report or Report(delivery=None, revision=None)
    return replace(known, problems=(*known.problems, *_texts([problem])))


def usage(wanted: Wanted, reports: Mapping[str, Report | None]) -> Usage:
    """Sum up what the pods, by name, said; None stands for one that didn't answer."""
    said = [report for report in reports.values() if report is not None]
    shards = spread((name, report.shards) for name, report in reports.items() if report is not None)
    problems = dict.fromkeys(problem for report in said for problem in report.problems)
    return Usage(
        wanted=wanted,
        pods=len(reports),
        credentials=sum(report.delivery == wanted.delivery for report in said),
        problems=tuple(problems)[:MOST_PROBLEMS],
        complete=len(said) == len(reports)
        and all(report.is_current(wanted) for report in said)
        and (shards is None or shards.settled),
        shards=shards,
    )


def _text(section: Any, name: str) -> str | None:
    value = section.get(name) if isinstance(section, dict) else None
    return value if isinstance(value, str) else None


def _problems(section: Any) -> tuple[str, ...]:
    found = section.get("problems") if isinstance(section, dict) else None
    if not isinstance(found, list):
        return ()
    return _texts([one for one in found if isinstance(one, str)][:MOST_PROBLEMS])


def _texts(texts: list[str]) -> tuple[str, ...]:
    return tuple("".join(c for c in text if c.isprintable())[:MOST_CHARACTERS] for text in texts)
