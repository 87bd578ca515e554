"""Which of a cluster's processes run, and starting those that don't."""

from __future__ import annotations

import hashlib
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botpod_local.cache import write_atomically
from botpod_local.cluster.namespaces import spawn
from botpod_local.cluster.processes import PROC, Record, Records
from botpod_local.errors import LocalError, Taken
from botpod_local.execute import execute, last_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from botpod_local.cluster.layout import Layout
    from botpod_local.cluster.services.service import Service

INIT = "init"
END_TIMEOUT_S = 10
PORT_TIMEOUT_S = 2
POLL_S = 0.02
REVIVALS = 3
_LISTENING = "0A"


@dataclass(frozen=True)
class Running:
    """One line of ``status``; ``pid`` is None where it was never started, ``command`` what starts it."""

    name: str
    pid: int | None
    alive: bool
    log: Path
    command: str = "up"


class Supervisor:
    """Starts and ends the processes of one cluster and knows which run."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._records = Records(layout.state / "processes")
        self._expected: dict[str, Service] = {}
        self._revived: Counter[str] = Counter()

    def init(self) -> Record:
        """Return the cluster's first process; raises LocalError where it does not run."""
        record = self._records.read(INIT)
        if record is None or not record.alive():
            raise LocalError(f"cluster {self._layout.name} does not run: `botpod-local up` starts it.")
        return record

    def begun(self) -> bool:
        """Tell whether the first process runs."""
        return self._records.alive(INIT)

    def ensure_init(self, start: Callable[[Callable[[Record], None]], object]) -> None:
        """Start the first process unless it runs; ``start`` gets what remembers it."""
        if not self._records.alive(INIT):
            start(lambda record: self._records.write(INIT, record))

    def ensure_running(self, services: Iterable[Service]) -> None:
        """Start each service that does not run, and again each whose description changed."""
        for service in services:
            self._expected[service.name] = service
            if self.up_to_date(service):
                continue
            self.end(service.name)
            self._start(service)

    def up_to_date(self, service: Service) -> bool:
        """Tell whether a service runs as it is described."""
        record = self._records.read(service.name)
        return record is not None and record.alive() and record.made_of == _digest(service)

    def revive(self) -> None:
        """Start again what ended after :meth:`ensure_running` started it.

        Kubernetes' programs end when something that they need is not there yet. Raises LocalError, naming
        the process and what it said last, for one that ends time and again.
        """
        for name, service in self._expected.items():
            if self._records.alive(name):
                continue
            self._revived[name] += 1
            if self._revived[name] > REVIVALS:
                log = self._layout.log(name)
                raise LocalError(f"{name} ends right after its start: {last_line(log)} (the log is {log}).")
            self._start(service)

    def listening(self, services: Iterable[Service]) -> bool:
        """Tell whether something listens on every port that the services should listen on."""
        wanted = {port for service in services for port in service.ports}
        return wanted <= listening_ports(self.init().pid)

    def running(self, names: Iterable[str]) -> tuple[Running, ...]:
        """Return the state of the first process and of ``names``."""
        found = []
        for name in (INIT, *names):
            record = self._records.read(name)
            alive = record is not None and record.alive()
            found.append(Running(name, record.pid if record else None, alive, self._layout.log(name)))
        return tuple(found)

    def end(self, name: str) -> None:
        """End one process, if it runs, and forget it."""
        record = self._records.read(name)
        if record is None:
            return
        record.end(END_TIMEOUT_S)
        self._records.forget(name)

    def end_all(self) -> None:
        """End the first process, with which the kernel ends all others. Raises LocalError if it stays."""
        record = self._records.read(INIT)
        if record is None:
            return
        record.signal(signal.SIGKILL)
        # It stays until the kernel has ended and reaped all that ran below it.
        if not record.wait_ended(3 * END_TIMEOUT_S):
            raise LocalError(
                f"process {record.pid} of cluster {self._layout.name} does not end, even killed."
            )

    def _start(self, service: Service) -> None:
        init = self.init()
        self._require_free_ports(service, init)
        for path, text in service.files.items():
            write_atomically(path, text)
        made_of = _digest(service)

        def keep(record: Record) -> None:
            self._records.write(service.name, replace(record, made_of=made_of))

        spawn(self._layout, init, service, keep=keep)

    def _require_free_ports(self, service: Service, init: Record) -> None:
        wanted = set(service.ports)
        deadline = time.monotonic() + PORT_TIMEOUT_S
        # The threads of a process that just ended may hold its ports for a moment longer.
        while (taken := listening_ports(init.pid) & wanted) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        for port in sorted(taken):
            raise Taken(
                f"port {port} that {service.name} of cluster {self._layout.name} needs is taken by "
                f"{_holder(init, port)}: end it, then run `botpod-local up` again."
            )


def listening_ports(pid: int) -> set[int]:
    """Return the TCP ports on which anything listens in the network namespace of a process."""
    ports = set()
    for table in ("tcp", "tcp6"):
        path = PROC / str(pid) / "net" / table
        lines = path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else []
        for line in lines:
            _, local, _, state, *_ = line.split()
            if state == _LISTENING:
                ports.add(int(local.rpartition(":")[2], 16))
    return ports


def _holder(init: Record, port: int) -> str:
    # Only the network namespace is entered, so that process ids are those that one sees outside.
    inside = ("nsenter", "--target", str(init.pid), "--net")
    printed = execute(*inside, "ss", "-Hltnp", f"sport = :{port}", timeout_s=END_TIMEOUT_S)
    found = re.search(r'\(\("([^"]+)",pid=(\d+)', printed)
    return f"{found.group(1)} (process {found.group(2)})" if found else "another program"


def _digest(service: Service) -> str:
    whole = (service.argv, sorted(map(str, service.files.items())))
    return hashlib.sha256(repr(whole).encode()).hexdigest()[:16]
