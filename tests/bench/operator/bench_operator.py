"""The operator with a thousand bots: the rows of the design's table that are the operator's own.

``make bench-operator`` prints one JSON object a line; standard error tells what is being done.
docs/reference/performance.md says what each figure is and how it is got.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from isolation import run_isolated
from machinery import PROGRAMS

from botpod_local.binaries import binary

SIMULATED = Path(__file__).with_name("simulated.py")
WITHIN_SECONDS = 900.0


def main() -> int:
    """Build what is missing, then measure; return the exit code."""
    parser = argparse.ArgumentParser(description="Measure the operator with many bots.")
    parser.add_argument("--bots", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--edits", type=int, default=200, help="how many each (default: %(default)s)")
    parser.add_argument("--idle", type=float, default=60, help="seconds without edits (default: %(default)s)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for program in PROGRAMS:
        binary(program)
    arguments = (f"--bots={options.bots}", f"--edits={options.edits}", f"--idle={options.idle}")
    return run_isolated(SIMULATED, *arguments, seconds=WITHIN_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
