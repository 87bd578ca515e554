"""Run one program, follow what it prints, and say in a sentence what went wrong."""

from __future__ import annotations

import subprocess
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

from botpod_local.images.errors import ImageBuildFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TAIL = 12
"""Lines of a failed program that are shown."""
WIDTH = 100
"""Characters of a line that are reported."""


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    limit: float,
    log: Path | None = None,
    report: Callable[[str], None],
) -> str:
    """Run ``command`` and return what it printed.

    With ``log``, its lines also go to that file and, shortened, to ``report`` as they come. It is killed
    after ``limit`` seconds.

    Raises:
        ImageBuildFailed: it exited with another code than 0, or was killed.
    """
    lines: list[str] = []
    with subprocess.Popen(  # noqa: S603  the programs are ours to name, and no shell reads them
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        timer = Timer(limit, process.kill)
        timer.start()
        try:
            for line in process.stdout or ():
                lines.append(line)
                if log is not None and line.strip():
                    report(line.strip()[:WIDTH])
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(lines))
    if process.returncode != 0:
        raise ImageBuildFailed(_sentence(command, process.returncode, lines, log))
    return "".join(lines)


def _sentence(command: Sequence[str], code: int, lines: Sequence[str], log: Path | None) -> str:
    where = f" (all of it: {log})" if log is not None else ""
    tail = "".join(f"\n  {line.rstrip()}" for line in lines[-TAIL:])
    return f"{Path(command[0]).name} ended with code {code}{where}:{tail}"
