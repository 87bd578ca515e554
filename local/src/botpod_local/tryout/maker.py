"""Ends a tryout with the `make` that started it.

Ctrl-C reaches both. Of a signal that is sent to make alone it tells its recipe only where that is SIGTERM; at
SIGINT and SIGHUP it waits for the recipe to end by itself, and of SIGKILL it can tell nobody.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAKES = frozenset({"make", "gmake"})
POLL_S = 0.5
_BLOCKED = re.compile(r"^SigBlk:\s*([0-9a-f]+)$", re.MULTILINE)


def is_ending(status: str) -> bool:
    """Tell by its ``/proc/PID/status`` whether make handles an interrupt: it blocks that meanwhile. Pure."""
    found = _BLOCKED.search(status)
    blocked = int(found[1], 16) if found else 0
    return any(blocked >> (number - 1) & 1 for number in (signal.SIGINT, signal.SIGHUP))


async def follow(stop: Callable[[], None]) -> None:
    """Call ``stop`` once the make that is this process' parent ends or wants to; return if it is none."""
    parent = os.getppid()
    folder = Path(f"/proc/{parent}")
    if _read(folder / "comm").strip() not in MAKES:
        return
    while True:
        if os.getppid() != parent or is_ending(_read(folder / "status")):
            stop()
            return
        await asyncio.sleep(POLL_S)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
