"""Lists which requirements the tests show: ``pytest --requirements FILE`` collects, prints, runs nothing.

FILE is the table of requirements, rows that begin with ``| ID | text |``; without it only the shown IDs
can be listed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

ROW = re.compile(r"^\| ([A-Z]{2}-\d+) \| (.+?) \| .+? \| (\w+) \|", re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--requirements", type=Path, metavar="FILE", help="list which requirements are shown")


def shown_by(items: Iterable[pytest.Item]) -> dict[str, list[str]]:
    """Map each requirement's ID to the tests that carry it, each test once."""
    shown: dict[str, list[str]] = defaultdict(list)
    for item in items:
        test = item.nodeid.split("[", 1)[0]
        for mark in item.iter_markers("req"):
            for identifier in mark.args:
                if test not in shown[identifier]:
                    shown[identifier].append(test)
    return shown


def report(shown: dict[str, list[str]], table: str) -> list[str]:
    """Return the lines to print: shown rows with their tests, then the rows that no test shows."""
    rows = {identifier: (text, kind) for identifier, text, kind in ROW.findall(table)}
    lines = [f"shown      {i:7} {rows.get(i, ('', ''))[0][:90]}\n" + _tests(shown[i]) for i in sorted(shown)]
    # Documents and planning figures are read, not run.
    open_rows = [i for i, (_, kind) in rows.items() if i not in shown and kind != "docs"]
    lines += [f"not shown  {i:7} {rows[i][0][:90]}" for i in open_rows]
    unknown = sorted(set(shown) - set(rows)) if rows else []
    lines += [f"unknown    {i:7} no such row" for i in unknown]
    lines.append(f"{len(shown)} shown, {len(open_rows)} not shown, {len(unknown)} unknown")
    return lines


def _tests(tests: list[str]) -> str:
    return "\n".join(f"           {'':7}   {test}" for test in tests)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    table: Path | None = config.getoption("--requirements")
    if table is None:
        return
    text = table.read_text(encoding="utf-8") if table.exists() else ""
    config.get_terminal_writer().line("\n" + "\n".join(report(shown_by(items), text)))
    items.clear()
