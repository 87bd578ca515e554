"""Keeps how the marked tests ended, and lists what is shown: ``pytest --requirements FILE`` runs nothing.

FILE is the table of requirements; without it what is shown is listed by its rows' names alone.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proof import declared, marks
from proof.marks import Marked
from proof.record import commits_since, keep_outcomes, kept_outcomes, kept_runs, now
from proof.report import report
from proof.table import table_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARKED = "shows a requirement"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--requirements", type=Path, metavar="FILE", help="list which requirements are shown")


def marked_in(items: Iterable[pytest.Item]) -> Iterator[Marked]:
    """Yield what the marks of the tests say; a ``partly`` without what it lacks is a mistake."""
    for item in items:
        for mark in item.iter_markers("req"):
            yield from (Marked(id=item.nodeid, row=row) for row in mark.args)
        for mark in item.iter_markers("partly"):
            if not mark.kwargs.get("lacks"):
                raise pytest.UsageError(f"{item.nodeid}: a partly mark says what is lacking: lacks=...")
            yield from (Marked(id=item.nodeid, row=row, lacks=mark.kwargs["lacks"]) for row in mark.args)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    marked = list(marked_in(items))
    ids = {one.id for one in marked}
    for item in items:
        if item.nodeid in ids:
            item.user_properties.append((MARKED, True))
    path: Path | None = config.getoption("--requirements")
    if path is None:
        return
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    since = functools.cache(commits_since)
    claims = [
        *marks.claims_of(marked, kept_outcomes(), since),
        *declared.claims_of(
            declared.declared_in(declared.GATES.read_text(encoding="utf-8")), kept_runs(), since
        ),
    ]
    config.get_terminal_writer().line("\n" + "\n".join(report(table_in(text), claims)))
    items.clear()


class Outcomes:
    """How each marked test ended, kept at the end of the run."""

    def __init__(self) -> None:
        self.ended: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if all(name != MARKED for name, _ in report.user_properties):
            return
        if report.failed or (report.when == "setup" and report.skipped):
            self.ended[report.nodeid] = report.outcome
        elif report.when == "call":
            self.ended.setdefault(report.nodeid, report.outcome)

    def pytest_sessionfinish(self) -> None:
        if self.ended:
            keep_outcomes(self.ended, now())


def pytest_configure(config: pytest.Config) -> None:
    # Workers tell the process that gave them their tests.
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(), "outcomes-of-marked-tests")
