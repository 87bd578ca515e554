"""Run a program to its end; what goes wrong is one sentence."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING

from botpod_local.errors import HostUnfit, LocalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where a system's own programs are, root's included."""


class Failed(LocalError):
    """A program ended with a status above 0; ``output`` is what it printed, errors first."""

    def __init__(self, message: str, *, output: str) -> None:
        super().__init__(message)
        self.output = output


def execute(
    *command: str | Path,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    source: IO[bytes] | None = None,
) -> str:
    """Return what ``command`` prints on standard output.

    It reads ``stdin`` or the open file ``source``, else nothing. Raises Failed with the last line that it
    printed, LocalError where it does not end in time, HostUnfit where there is no such program.
    """
    words = [str(word) for word in command]
    feed = {"input": stdin or ""} if source is None else {"stdin": source}
    try:
        ran = subprocess.run(
            words,
            env=None if env is None else dict(env),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=timeout_s,
            **feed,
        )
    except subprocess.TimeoutExpired as error:
        raise LocalError(f"`{_short(words)}` did not end within {timeout_s:.0f} s.") from error
    except FileNotFoundError as error:
        raise HostUnfit(f"this machine lacks {words[0]}: install it, then run this again.") from error
    if ran.returncode:
        output = f"{ran.stderr}\n{ran.stdout}".strip()
        said = (ran.stderr.strip() or ran.stdout.strip()).splitlines()
        reason = said[-1].strip() if said else f"it ended with status {ran.returncode} and said nothing"
        raise Failed(f"`{_short(words)}` failed: {reason}", output=output)
    return str(ran.stdout)


def last_line(log: Path) -> str:
    """Return the last line of a log, or that there is none."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except FileNotFoundError:
        lines = []
    return lines[-1].strip() if lines else "nothing in its log"


def _short(words: Sequence[str]) -> str:
    """Return a command as a person would call it: the program's name, not its path."""
    return " ".join((Path(words[0]).name, *words[1:]))
