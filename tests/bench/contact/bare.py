"""``bare_missing``: packages that a target of the Makefile lacked once it had begun, on a bare Debian 13.

`make check`, `make demo` and `make down` run whole; `make try` stays in the foreground: the walk has it. Of
all targets, also those that take long, what brings their needs runs; then each program that their code may
execute is looked for on the machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from executed import LOOKED_FOR, NO_PROGRAMS, code_of, programs_in, started_by
from figures import Figure
from freshmachine import fresh_machine
from walking import Walker, lacked

from botpod_local.checkout import project_root
from botpod_local.preflight.table import all_needs

WHOLE = ("check", "demo", "down")


def measure() -> Figure:
    """Return how many there were; which, is told on standard error."""
    root = project_root()
    targets = sorted(all_needs())
    with tempfile.TemporaryDirectory(prefix="botpod-bare-") as name:
        clone = Path(name) / "botpod.git"
        subprocess.run(["git", "clone", "--quiet", "--bare", root, clone], check=True, timeout=120)
        with fresh_machine("trixie", sources=clone) as machine:
            walker = Walker(machine=machine)
            walker.does("apt-get -qq update && apt-get -qq -y install git make ca-certificates")
            walker.does("git clone -q /clone botpod")
            walker.cwd = "/root/botpod"
            missing = [
                line for target in WHOLE for line in lacked(walker.does(f"make {target}", seconds=1800))
            ]
            for target in targets:
                walker.does(f".venv/bin/python -m botpod_local prepare {target}", seconds=1800)
                missing += _not_there(walker, target)
    for line in missing:
        sys.stderr.write(f"lacked: {line}\n")
    return Figure(name="bare_missing", value=len(missing), unit="packages", baseline=0, n=len(targets))


def _not_there(walker: Walker, target: str) -> list[str]:
    programs = sorted(set(programs_in(code_of(started_by(target)))) - LOOKED_FOR - NO_PROGRAMS)
    found = walker.machine.run(
        f"for one in {' '.join(programs)}; do command -v $one >/dev/null || echo $one; done", seconds=60
    )
    return [f"{target}: {one}" for one in found.said.split()]
