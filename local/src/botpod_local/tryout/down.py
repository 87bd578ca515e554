"""End a tryout from elsewhere, and remove what it kept."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

from botpod_local.errors import LocalError
from botpod_local.tryout.folder import root
from botpod_local.tryout.lock import holder

if TYPE_CHECKING:
    from pathlib import Path

END_S = 30.0
"""More than a tryout takes to end, with a bot that finishes what it says."""


def remove(cache: Path) -> bool:
    """End the tryout that runs, if one does, and remove all of it; return whether there was anything."""
    folder = root(cache)
    if not folder.exists():
        return False
    running = holder(folder)
    if running is not None:
        running.record.signal(signal.SIGTERM)
        if not running.record.wait_ended(END_S):
            raise LocalError(
                f"`make try` (process {running.record.pid}) doesn't end: kill it, then try again."
            )
    shutil.rmtree(folder)
    return True
