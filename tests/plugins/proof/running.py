"""Runs the command of a gate or a bench, and keeps how it ended."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proof.record import Run, keep_run, now

if TYPE_CHECKING:
    from collections.abc import Sequence


def words_of(command: str) -> list[str]:
    """Return the words of a command, its variables filled in; of programs our environment's come first."""
    words = shlex.split(os.path.expandvars(command))
    ours = Path(sys.executable).parent / words[0]
    return [str(ours) if ours.exists() else words[0], *words[1:]]


def recorded(name: str, words: Sequence[str], *, figures: bool = False) -> int:
    """Run it, keep how it ended, and return its exit code; ``figures`` are to be found in its output."""
    moment, began = now(), time.monotonic()
    found: list[dict[str, Any]] = []
    code = _listening(words, found) if figures else subprocess.run(words, check=False).returncode
    run = Run(moment=moment, passed=code == 0, seconds=round(time.monotonic() - began, 1), figures=found)
    keep_run(name, run)
    return code


def _listening(words: Sequence[str], found: list[dict[str, Any]]) -> int:
    """Pass on what it prints, line by line, and take the figures out of it."""
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            found += figure_in(line)
    return process.returncode


def figure_in(line: str) -> list[dict[str, Any]]:
    """Return the figure that a line is, if it is one."""
    try:
        read = json.loads(line)
    except ValueError:
        return []
    return [read] if isinstance(read, dict) and "name" in read else []
