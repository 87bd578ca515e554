"""``make test``: runs the parts one after the other, even when one fails; says at the end what each did.

An interrupt ends the part that runs, as it would end pytest, and what was done until then is summed up.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage
from parts.ended import Ended, ended, summary
from parts.table import PARTS, Part, chosen, surroundings
from proof.record import RECORDS, ROOT, Run, keep_run, now

from parts import covered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

COVERAGE = RECORDS / "coverage"
WANTED = ROOT / "tests" / "proof" / "critical.toml"
INTERRUPTED = 130


def say(*lines: str) -> None:
    """Print at once: the parts write to the same place."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


class Runner:
    """Runs parts; each has a process group of its own, so that an interrupt is passed on to it once."""

    def __init__(self, *, workers: int) -> None:
        self._workers = workers
        self._running: subprocess.Popen[bytes] | None = None
        self.interrupted = False

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """Have the part that runs end, and begin no other."""
        self.interrupted = True
        if self._running is not None and self._running.poll() is None:
            os.killpg(self._running.pid, signal.SIGINT)

    def run(self, part: Part) -> Ended:
        """Run one part to its end."""
        if self.interrupted:
            return Ended(part=part)
        say(f"\n== {part.name}: {part.by_hand}")
        with tempfile.TemporaryDirectory() as directory:
            tell = Path(directory) / "told.json"
            command = part.command(sys.executable, workers=self._workers, tell=tell)
            environment = surroundings(os.environ, coverage=COVERAGE / part.name)
            began = time.monotonic()
            self._running = subprocess.Popen(command, cwd=ROOT, env=environment, process_group=0)
            code = self._running.wait()
            told: dict[str, Any] | None = json.loads(tell.read_text()) if tell.exists() else None
        return ended(part, code, time.monotonic() - began, told)


def coverage_good(parts: Sequence[Ended], seconds: float) -> bool:
    """Add up what the parts went through, say it and keep it; return whether it is as wanted."""
    files = [str(path) for one in parts for path in [COVERAGE / one.part.name] if path.exists()]
    if not files:
        return True
    moment = now()
    found = coverage.Coverage(data_file=str(COVERAGE / "all"), config_file=str(ROOT / "pyproject.toml"))
    found.combine(files, keep=True)
    found.json_report(outfile=str(COVERAGE / "report.json"))
    report = json.loads((COVERAGE / "report.json").read_text(encoding="utf-8"))
    wanted = covered.wanted_in(WANTED.read_text(encoding="utf-8"))
    say("", *covered.told(report, wanted))
    whole = {PARTS[0].name} <= {one.part.name for one in parts if one.code is not None}
    if not whole:
        say(f"not judged: the part {PARTS[0].name} wasn't run")
        return True
    good = covered.good(report, wanted)
    figures = [
        {"name": "lines", "value": covered.covered(report).percent, "unit": "%", "n": 1},
        {"name": "critical_lines", "value": covered.critical(report, wanted).percent, "unit": "%", "n": 1},
    ]
    keep_run("coverage", Run(moment=moment, passed=good, seconds=seconds, figures=figures))
    return good


def main() -> int:
    """Run what was asked for; return 0 if all of it passed, 130 after an interrupt, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(part.name for part in PARTS))
    arguments = parser.parse_args()
    try:
        parts = [part for part in chosen(arguments.parts) if part.there(ROOT)]
    except ValueError as error:
        parser.error(str(error))
    runner = Runner(workers=arguments.workers)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, runner.interrupt)
    shutil.rmtree(COVERAGE, ignore_errors=True)
    COVERAGE.mkdir(parents=True)
    began = time.monotonic()
    done = [runner.run(part) for part in parts]
    good = runner.interrupted or coverage_good(done, time.monotonic() - began)
    say(*summary(done), f"  {'all':8} in {(time.monotonic() - began) / 60:.1f} minutes")
    if runner.interrupted:
        return INTERRUPTED
    failed = [one for one in done if one.code not in {None, 0}]
    return int(not good or bool(failed))


if __name__ == "__main__":
    sys.exit(main())
