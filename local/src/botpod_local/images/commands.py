"""Run one program, leaving no mount behind, and say in a sentence what went wrong."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.images.errors import ImageBuildFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

APART = ("/usr/bin/unshare", "--mount", "--propagation", "private")
"""A mount namespace of its own: what the program mounts is gone with it, also after a failure or a kill."""
TAIL = 12
"""Lines of a failed program that are shown."""


def run(
    command: Sequence[str], *, environment: Mapping[str, str], limit_s: float, log: Path | None = None
) -> str:
    """Run ``command`` and return what it printed; with ``log`` it is also written to that file.

    Raises:
        ImageBuildFailed: it exited with another code than 0, was killed after ``limit_s``, or nobody but root
            may do this.
    """
    if os.geteuid() != 0:
        raise ImageBuildFailed("building images needs root: it makes file systems; run this as root")
    try:
        ran = subprocess.run(
            [*APART, *command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        name = Path(command[0]).name
        raise ImageBuildFailed(f"{name} took more than {limit_s:.0f} s and was ended; try again") from error
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(ran.stdout, encoding="utf-8")
    if ran.returncode != 0:
        raise ImageBuildFailed(_sentence(command, ran.returncode, ran.stdout, log))
    return ran.stdout


def _sentence(command: Sequence[str], code: int, output: str, log: Path | None) -> str:
    where = f"; all that it printed is in {log}" if log is not None else ""
    tail = "".join(f"\n  {line}" for line in output.splitlines()[-TAIL:])
    return f"{Path(command[0]).name} ended with code {code}{where}:{tail}"
