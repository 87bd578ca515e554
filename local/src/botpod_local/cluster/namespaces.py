"""Linux namespaces: a cluster's first process, and how others are started inside.

The first process (``pause``) holds a PID, mount, network, UTS and IPC namespace. When it ends, for whatever
reason, the kernel ends every process of the cluster, and its mounts, interfaces and rules go with them.
Everything else is started with `nsenter` and reparented to it, so that nothing depends on the command line's
process. A process waits for a line on its standard input until it is recorded: whoever is killed in between
leaves nothing unrecorded behind.
"""

from __future__ import annotations

import subprocess
import time
from importlib.resources import files
from typing import TYPE_CHECKING

from botpod_local.cluster.cgroups import ensure_cgroups
from botpod_local.cluster.processes import PROC, Record, pid_in_namespace, record_of
from botpod_local.errors import LocalError
from botpod_local.execute import SYSTEM_PATH, last_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from botpod_local.cluster.layout import Layout
    from botpod_local.cluster.services.service import Service

START_TIMEOUT_S = 10
POLL_S = 0.01
_ENTERED = ("--mount", "--uts", "--ipc", "--net", "--pid")
_BEGIN = 'exec 3<&0; setsid sh -c "$BOTPOD_INIT" botpod-cluster "$@" <&3 >>"$BOTPOD_LOG" 2>&1 & echo $!'
_SPAWN = (
    'for procs in $CGROUPS; do echo 0 >"$procs"; done; exec 3<&0; '
    "{ read -r go <&3 || exit 1; exec 3<&-; unset CGROUPS; "
    'exec setsid "$@" </dev/null; } >>"$0" 2>&1 & echo $!'
)


def start_init(layout: Layout, pause: Path, keep: Callable[[Record], None]) -> Record:
    """Start the cluster's first process, hand its record to ``keep``, and wait until all is mounted."""
    for directory in ("kubelet", "log"):
        (layout.state / directory).mkdir(parents=True, exist_ok=True)
    log = layout.log("init")
    script = files("botpod_local.cluster").joinpath("init.sh").read_text(encoding="utf-8")
    # "slave": what the machine unmounts later is let go in here too.
    command = [
        "unshare",
        "--propagation",
        "slave",
        *_ENTERED,
        "sh",
        "-c",
        _BEGIN,
        "sh",
        layout.node,
        str(layout.state),
        str(pause),
    ]
    environment = {
        "PATH": SYSTEM_PATH,
        "BOTPOD_INIT": script,
        "BOTPOD_LOG": str(log),
        "CGROUPS": " ".join(map(str, ensure_cgroups(layout.cgroup))),
    }
    record = _started(command, environment, lambda pid: pid, keep)
    deadline = time.monotonic() + START_TIMEOUT_S
    while _program(record.pid) != pause.name:
        if not record.alive() or time.monotonic() > deadline:
            raise LocalError(f"the cluster's namespaces can't be made: {last_line(log)}")
        time.sleep(POLL_S)
    return record


def spawn(
    layout: Layout,
    init: Record,
    service: Service,
    *,
    keep: Callable[[Record], None],
) -> Record:
    """Start a service inside, its output appended to its log, and hand its record to ``keep``."""
    command = [*entering(init), "sh", "-c", _SPAWN, str(layout.log(service.name)), *service.argv]
    whole = {
        "PATH": SYSTEM_PATH,
        "HOME": "/root",
        "CGROUPS": " ".join(map(str, ensure_cgroups(layout.cgroup))),
    }
    return _started(command, whole, lambda inner: pid_in_namespace(init.pid, inner), keep)


def entering(init: Record) -> list[str]:
    """Return the words that, put before a command, run it inside."""
    return ["nsenter", "--target", str(init.pid), *_ENTERED]


def _started(
    command: list[str],
    environment: dict[str, str],
    outer_pid: Callable[[int], int | None],
    keep: Callable[[Record], None],
) -> Record:
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as process:
        assert process.stdin is not None  # noqa: S101 # PIPE above
        assert process.stdout is not None  # noqa: S101 # PIPE above
        printed = process.stdout.readline().strip()
        pid = outer_pid(int(printed)) if printed.isdigit() else None
        record = record_of(pid) if pid is not None else None
        if record is None:
            process.stdin.close()
            errors = process.stderr.read().strip() if process.stderr else ""
            raise LocalError(f"can't start a process of the cluster: {errors or 'it ended at once'}")
        keep(record)
        process.stdin.write("go\n")
        process.stdin.close()
        process.wait(START_TIMEOUT_S)
    return record


def _program(pid: int) -> str:
    try:
        return (PROC / str(pid) / "exe").readlink().name
    except OSError:
        return ""
