"""One tryout at a time, and who it is."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from botpod_local.cluster.processes import Record, record_of
from botpod_local.errors import Taken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who runs a tryout; ``where`` completes "it runs …"."""

    record: Record
    where: str


@contextmanager
def alone(root: Path, *, where: str) -> Iterator[None]:
    """Hold the lock of the folder ``root``. Raises Taken at once where somebody else does.

    The kernel releases it when this process ends, however it ends.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _file(root).open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Taken(_taken(holder(root))) from None
        stream.truncate(0)
        json.dump({"record": asdict(_myself()), "where": where}, stream)
        stream.flush()
        yield


def holder(root: Path) -> Holder | None:
    """Return who runs a tryout now, None where nobody does."""
    try:
        kept = json.loads(_file(root).read_text(encoding="utf-8"))
        found = Holder(record=Record(**kept["record"]), where=kept["where"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return found if found.record.alive() else None


def _taken(by: Holder | None) -> str:
    who = "`make try` runs already" if by is None else f"`make try` runs already {by.where}"
    process = "" if by is None else f" (process {by.record.pid})"
    return f"{who}{process}: use that one, or end it with Ctrl-C where it runs or with `make down`."


def _myself() -> Record:
    record = record_of(os.getpid())
    if record is None:
        raise RuntimeError("this process is not in /proc")
    return record


def _file(root: Path) -> Path:
    return root / "lock"
