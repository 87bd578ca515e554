"""Keeps how the tests of each attack ended: ``pytest --attacks FILE`` runs those alone and tells FILE.

``@pytest.mark.attack("name")`` says that a test tries an attack and passes where it got nothing. The names
are those of ``tests/bench/walls/attacks.txt``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTACKS = Path(__file__).parents[1] / "bench" / "walls" / "attacks.txt"
TRIES = "tries attacks"
HELD = "passed"


def attacks_in(text: str) -> dict[str, str]:
    """Return what each attack tries, by its name. ValueError: a name stands twice, or without a sentence."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, sentence = line.partition(" ")
        if name in found or not sentence.strip():
            raise ValueError(f"{name}: each attack has one line, and a sentence in it")
        found[name] = sentence.strip()
    return found


def crossed(known: Mapping[str, str], ended: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the attacks that got something, or of which no test shows that they didn't."""
    return [
        name
        for name in known
        if not ended.get(name) or any(outcome != HELD for outcome in ended[name].values())
    ]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--attacks", type=Path, metavar="FILE", help="run the tests of attacks; write FILE")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    known = attacks_in(ATTACKS.read_text(encoding="utf-8"))
    for item in items:
        names = [name for mark in item.iter_markers("attack") for name in mark.args]
        if strange := [name for name in names if name not in known]:
            raise pytest.UsageError(f"{item.nodeid}: {ATTACKS.name} has no attack {', '.join(strange)}")
        if names:
            item.user_properties.append((TRIES, names))
    if config.getoption("--attacks") is not None:
        items[:] = [item for item in items if item.get_closest_marker("attack") is not None]


class Outcomes:
    """How the tests of each attack ended; one that wasn't run to its end didn't hold."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ended: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name in next((names for key, names in report.user_properties if key == TRIES), ()):
            tests = self._ended.setdefault(name, {})
            if report.when == "call" or report.outcome != HELD:
                tests[report.nodeid] = report.outcome

    def pytest_sessionfinish(self) -> None:
        self._path.write_text(json.dumps(self._ended), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    path: Path | None = config.getoption("--attacks")
    # Of several workers only the process that hands the tests out hears of all.
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(path), "outcomes-of-attacks")
