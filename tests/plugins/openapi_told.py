"""Says at the end of a run what was held against the vendors' descriptions, and what wasn't."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from openapi_descriptions import ABSENT, TALLY
from parts.notes import note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _pytest.terminal import TerminalReporter

KEY = "vendors' descriptions"


def told(*, checked: int, unchecked: Mapping[str, int], skipped: int) -> list[str]:
    """Return what is to be said: nothing where no test asked for a description."""
    lines = []
    if checked:
        lines.append(f"{checked} exchanges were checked against the vendors' descriptions")
    if unchecked or skipped:
        lines.append(
            f"not all of the vendors' descriptions are here: {skipped} tests were skipped, and"
            f" {sum(unchecked.values())} exchanges of {len(unchecked)} tests weren't checked;"
            " BOTPOD_SPECS names the folder of *-openapi.json"
        )
    return lines


class Collected:
    """What the workers found, and this process."""

    def __init__(self) -> None:
        self._checked = 0
        self._unchecked: Counter[str] = Counter()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        found = getattr(node, "workeroutput", {}).get(KEY)
        if found is not None:
            self._checked += found["checked"]
            self._unchecked.update(found["unchecked"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter, config: pytest.Config) -> None:
        skipped = terminalreporter.stats.get("skipped", ())
        for line in told(
            checked=self._checked + TALLY.checked,
            unchecked=self._unchecked + TALLY.unchecked,
            skipped=sum(ABSENT in str(report.longrepr) for report in skipped),
        ):
            note(config, line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[KEY] = {"checked": TALLY.checked, "unchecked": dict(TALLY.unchecked)}


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collected(), KEY)
