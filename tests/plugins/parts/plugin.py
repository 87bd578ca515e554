"""``pytest --tell=FILE``: writes to FILE how many tests passed, failed and were skipped, and which failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parts.notes import notes

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tell", type=Path, metavar="FILE", help="write to FILE how the tests ended")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    said = notes(config)
    for text in said:
        terminalreporter.write_line(text)
    path: Path | None = config.getoption("--tell")
    if path is None:
        return
    stats = terminalreporter.stats
    told = {
        "counts": {
            "passed": len(stats.get("passed", ())),
            "failed": len(stats.get("failed", ())),
            "errors": len(stats.get("error", ())),
            "skipped": len(stats.get("skipped", ())),
        },
        "failed": list(
            dict.fromkeys(report.nodeid for kind in ("failed", "error") for report in stats.get(kind, ()))
        ),
        "notes": said,
    }
    path.write_text(json.dumps(told), encoding="utf-8")
