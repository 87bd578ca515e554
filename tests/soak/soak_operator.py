"""``spec.replicas`` under a swinging load while operators come, stop and die: none of them may write it.

``make soak-operator`` takes half an hour, ends by itself and prints one JSON object; standard error is a log.
Exit code 1: something of ours wrote ``spec.replicas``, or a Deployment did not follow it.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from isolation import run_isolated
from machinery import PROGRAMS

from botpod_local.binaries import binary

SOAKING = Path(__file__).with_name("soaking.py")
AROUND_SECONDS = 300.0
"""What starting, the end and its checks may take beside the minutes asked for."""


def main() -> int:
    """Build what is missing, then soak; return the exit code."""
    parser = argparse.ArgumentParser(description="Swing spec.replicas through restarts of the operator.")
    parser.add_argument("--minutes", type=float, default=30.0)
    minutes = parser.parse_args().minutes
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for program in PROGRAMS:
        binary(program)
    return run_isolated(SOAKING, str(minutes), seconds=minutes * 60 + AROUND_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
