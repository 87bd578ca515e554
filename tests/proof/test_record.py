"""Records of runs: what was kept is what is read, whoever writes beside."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from proof.record import Moment, Run, keep_outcomes, keep_run, kept_outcomes, kept_runs

from proof import running

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MOMENT = Moment(at="2026-01-01T12:00:00+00:00", commit="abc", changed=True)


def test_the_last_run_of_each_name_is_kept(tmp_path: Path) -> None:
    assert kept_runs(directory=tmp_path) == {}
    first = Run(moment=MOMENT, passed=False, seconds=1.0)
    last = Run(moment=MOMENT, passed=True, seconds=2.0, figures=[{"name": "x", "value": 1}])
    for run in (first, last):
        keep_run("soak", run, directory=tmp_path)
    keep_run("ruff", first, directory=tmp_path)
    assert kept_runs(directory=tmp_path) == {"soak": last, "ruff": first}


def test_tests_that_were_not_run_again_keep_what_they_had(tmp_path: Path) -> None:
    keep_outcomes({"a": "passed", "b": "failed"}, MOMENT, directory=tmp_path)
    keep_outcomes({"b": "passed"}, MOMENT, directory=tmp_path)
    assert kept_outcomes(directory=tmp_path) == {"a": ("passed", MOMENT), "b": ("passed", MOMENT)}


def test_those_who_keep_records_at_once_lose_none(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            pool.submit(keep_outcomes, {str(number): "passed"}, MOMENT, directory=tmp_path)
    assert len(kept_outcomes(directory=tmp_path)) == 40


def test_a_command_passes_its_output_on_and_its_figures_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    kept: dict[str, Run] = {}
    monkeypatch.setattr(running, "keep_run", kept.__setitem__)
    script = tmp_path / "bench.py"
    figure = {"name": "lost", "value": 0, "n": 9}
    script.write_text(f"print('warming up'); print('{json.dumps(figure)}'); raise SystemExit(3)")
    assert running.recorded("one", [sys.executable, str(script)], figures=True) == 3
    assert capfd.readouterr().out == f"warming up\n{json.dumps(figure)}\n"
    assert (kept["one"].passed, kept["one"].figures) == (False, [figure])
