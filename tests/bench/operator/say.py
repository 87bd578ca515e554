"""Tells people on standard error what a long run is doing; standard output is the figures' alone."""

from __future__ import annotations

import os
import sys
import time

_BEGAN = time.monotonic()


def say(text: str) -> None:
    """Write one line with the seconds since the start and the machine's load."""
    sys.stderr.write(f"{time.monotonic() - _BEGAN:6.1f} s  load {os.getloadavg()[0]:4.1f}  {text}\n")
