"""The one directory on this machine that outlives a cluster, and how several processes share it."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.errors import HostUnfit, LocalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

POLL_S = 0.05
MEBIBYTE = 1024 * 1024


def cache_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Return ``$BOTPOD_CACHE``, by default ``~/.cache/botpod``; it need not exist yet."""
    chosen = environ.get("BOTPOD_CACHE", "")
    return (Path(chosen) if chosen else Path.home() / ".cache" / "botpod").absolute()


def write_atomically(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write ``text`` so that a reader sees all of it or the former content, also after a kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise HostUnfit(f"can't write {path}: {error.strerror}.") from error


@contextmanager
def locked(path: Path, *, timeout_s: float, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock file ``path``; ``waiting`` is called once when somebody else holds it.

    The kernel releases it when its holder ends, however it ends. Raises LocalError after ``timeout_s``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        deadline = time.monotonic() + timeout_s
        told = False
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    waiting()
                    told = True
                if time.monotonic() > deadline:
                    raise LocalError(
                        f"another process has held {path} for {timeout_s:.0f} s; "
                        "wait for it or end it, then run this again."
                    ) from None
                time.sleep(POLL_S)
        yield


def free_mib(path: Path) -> int:
    """Return the MiB that are free where ``path`` is or will be."""
    existing = next(candidate for candidate in (path, *path.parents) if candidate.exists())
    return shutil.disk_usage(existing).free // MEBIBYTE


def require_disk(path: Path, mebibytes: int, purpose: str) -> None:
    """Raise HostUnfit unless ``mebibytes`` are free where ``path`` is or will be."""
    free = free_mib(path)
    if free < mebibytes:
        raise HostUnfit(
            f"{purpose} needs {mebibytes} MiB free in {path} and there are {free}: "
            "free some, or set BOTPOD_CACHE to a larger disk."
        )
