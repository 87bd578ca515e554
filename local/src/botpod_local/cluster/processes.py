"""Remember which processes are a cluster's, so that nothing else is ever ended.

A record is the process' id together with its start time and the boot it belongs to: an id alone is given
to somebody else sooner or later.
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from botpod_local.cache import write_atomically

PROC = Path("/proc")
POLL_S = 0.01
# Fields of /proc/PID/stat behind the name in parentheses (proc(5) counts from 1, the name is the second).
_STATE, _STARTED = 0, 19
_ENDED_STATES = ("Z", "X")


@dataclass(frozen=True)
class Record:
    """One process of this machine; ``started`` in clock ticks since the boot ``boot``.

    ``made_of`` is a digest of its command line and configuration.
    """

    pid: int
    started: int
    boot: str
    made_of: str = ""

    def alive(self) -> bool:
        """Tell whether this very process runs."""
        fields = stat_fields(self.pid)
        return (
            fields is not None
            and fields[_STATE] not in _ENDED_STATES
            and int(fields[_STARTED]) == self.started
            and boot_id() == self.boot
        )

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens where it is gone already."""
        try:
            # The descriptor pins the process: its id can't change hands between the look and the signal.
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.alive():
                signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return
        finally:
            os.close(descriptor)

    def wait_ended(self, timeout_s: float) -> bool:
        """Wait until it is gone; tell whether it is."""
        deadline = time.monotonic() + timeout_s
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        return True

    def end(self, grace_s: float) -> None:
        """Ask it to end; kill it where it has not after ``grace_s``."""
        self.signal(signal.SIGTERM)
        if not self.wait_ended(grace_s):
            self.signal(signal.SIGKILL)
            self.wait_ended(grace_s)


@cache
def boot_id() -> str:
    """Return what the kernel calls the time since the last boot."""
    return (PROC / "sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()


def stat_fields(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on, None where there is no such process."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def record_of(pid: int) -> Record | None:
    """Return the record of a process that runs now, else None."""
    fields = stat_fields(pid)
    return None if fields is None else Record(pid, int(fields[_STARTED]), boot_id())


def pid_in_namespace(init: int, inner: int) -> int | None:
    """Return the id here of the process that is ``inner`` in the PID namespace of ``init``."""
    try:
        namespace = (PROC / str(init) / "ns/pid").readlink()
    except OSError:
        return None
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if (entry / "ns/pid").readlink() == namespace and _innermost(entry) == inner:
                return int(entry.name)
        except OSError:
            continue
    return None


def _innermost(entry: Path) -> int:
    for line in (entry / "status").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("NSpid:"):
            return int(line.split()[-1])
    return -1


class Records:
    """The records of a cluster's processes, one JSON file each in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def read(self, name: str) -> Record | None:
        """Return the record of ``name``, None where it was never started."""
        try:
            return Record(**json.loads(self._path(name).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def alive(self, name: str) -> bool:
        """Tell whether the process recorded as ``name`` runs."""
        record = self.read(name)
        return record is not None and record.alive()

    def write(self, name: str, record: Record) -> None:
        """Remember ``record`` as ``name``."""
        write_atomically(self._path(name), json.dumps(asdict(record)))

    def forget(self, name: str) -> None:
        """Remove the record of ``name``."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}.json"
