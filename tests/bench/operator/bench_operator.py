"""The operator with a thousand bots: the rows of the design's table that are the operator's own.

``make bench-operator`` prints one JSON object a line; standard error tells what is being done.
docs/reference/performance.md says what each figure is and how it is got.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from isolation import run_isolated
from machinery import PROGRAMS
from options import Options
from rotation import rotations

from botpod_local.binaries import binary

SIMULATED = Path(__file__).with_name("simulated.py")
WITHIN_SECONDS = 1800.0


def main() -> int:
    """Build what is missing, then measure; return the exit code."""
    parser = argparse.ArgumentParser(description="Measure the operator with many bots.")
    Options.add_to(parser)
    options = Options.of(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for program in PROGRAMS:
        binary(program)
    code = run_isolated(SIMULATED, *options.arguments, seconds=WITHIN_SECONDS) if options.bots else 0
    if options.rotations:
        for figure in asyncio.run(rotations(options.rotations)):
            sys.stdout.write(figure.line + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
