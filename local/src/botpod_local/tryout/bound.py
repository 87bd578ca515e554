"""Become another program that doesn't outlive whoever started it: ``bound.py PARENT PROGRAM [ARGUMENT …]``.

The kernel sends SIGTERM to it when the process PARENT ends, also where that is killed. A file of its own that
imports nothing else: it is run in an interpreter without site-packages, which takes some 20 ms.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Become ``command``, unless ``parent`` is gone already."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - that it is no shell is the point


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
