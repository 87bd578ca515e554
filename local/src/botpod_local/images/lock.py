"""One builder at a time on this machine."""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botpod_local.images.errors import ImageBuildFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LIMIT = 1800.0
"""Seconds to wait for another builder: longer than everything takes on a new machine."""
STEP = 0.2


@contextmanager
def exclusive(
    path: Path,
    *,
    report: Callable[[str], None],
    limit: float = LIMIT,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Hold the lock file ``path``; it is free again when this process ends, however it does.

    Raises:
        ImageBuildFailed: another process held it for ``limit`` seconds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        deadline = clock() + limit
        told = False
        while not _taken(file.fileno()):
            if clock() > deadline:
                raise ImageBuildFailed(
                    f"another process has been building images for too long (it holds {path})"
                )
            if not told:
                report("waiting for another process that builds images")
                told = True
            time.sleep(STEP)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
