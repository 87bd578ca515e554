"""Processes on the host that belong to a cluster and end with it, such as the stand-ins of a demo.

Each has a record and a log in the cluster's directory: ``companions/<name>.json`` and ``log/<name>.log``.
"""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from botpod_local.cache import write_atomically
from botpod_local.cluster.processes import Record, record_of
from botpod_local.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from botpod_local.cluster.layout import Layout

END_S = 5.0
POLL_S = 0.05
TAIL_LINES = 5


def start(
    layout: Layout, name: str, command: Sequence[str], *, ready: Callable[[], bool], timeout_s: float
) -> bool:
    """Start ``command`` unless it runs already, and wait until ``ready()``; return whether it was started.

    A companion that was started with another command is ended first. Raises LocalError with the end of
    its log when it exits or is not ready after ``timeout_s``.
    """
    kept = _read(layout, name)
    if kept is not None and kept[0].alive():
        if kept[1] == list(command) and ready():
            return False
        kept[0].end(END_S)
    log = layout.log(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
        )
    record = record_of(process.pid)
    if record is not None:
        write_atomically(
            _path(layout, name), json.dumps({"record": asdict(record), "command": list(command)}), mode=0o600
        )
    deadline = time.monotonic() + timeout_s
    while not ready():
        if process.poll() is not None:
            raise LocalError(f"{name} ended as soon as it was started: {_tail(log)}")
        if time.monotonic() > deadline:
            raise LocalError(f"{name} was not ready after {timeout_s:.0f} s; its log is {log}.")
        time.sleep(POLL_S)
    return True


def end_all(layout: Layout) -> None:
    """End every companion of a cluster; those that are gone already are no error."""
    for path in _directory(layout).glob("*.json"):
        kept = _read(layout, path.stem)
        if kept is not None:
            kept[0].end(END_S)
        path.unlink(missing_ok=True)


def running(layout: Layout) -> Iterator[tuple[str, Record]]:
    """Yield the name and record of each companion that was started."""
    for path in sorted(_directory(layout).glob("*.json")):
        kept = _read(layout, path.stem)
        if kept is not None:
            yield path.stem, kept[0]


def _directory(layout: Layout) -> Path:
    return layout.state / "companions"


def _path(layout: Layout, name: str) -> Path:
    return _directory(layout) / f"{name}.json"


def _read(layout: Layout, name: str) -> tuple[Record, list[str]] | None:
    try:
        kept = json.loads(_path(layout, name).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return Record(**kept["record"]), kept["command"]


def _tail(log: Path) -> str:
    return " ".join(log.read_text(encoding="utf-8", errors="replace").split("\n")[-TAIL_LINES:]).strip()
