"""The operator as the chart runs it: its own process, the chart's configuration, the image's settings."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from fleet import OWN, WATCHED
from helmchart import render
from operatorprocess import OperatorProcess, operator_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machinery import Machinery

# As the operator's Dockerfile sets it.
os.environ.setdefault("MALLOC_ARENA_MAX", "1")


@contextlib.contextmanager
def operator(
    machinery: Machinery,
    name: str,
    *,
    instance: str = "botpod-operator-0",
    kubeconfig: Path | None = None,
) -> Iterator[OperatorProcess]:
    """Run it until the block ends, its files below ``name``; it watches the bench's namespace alone.

    ``kubeconfig`` is another than the machinery's where something stands between it and the API server.
    """
    file = render({"watch": {"namespaces": [WATCHED]}, "defaultClass": {"enabled": False}}).operator_file()
    config = {**file, "namespace": OWN, "watch": {"namespaces": [WATCHED]}}
    with operator_process(
        machinery.directory / name,
        kubeconfig=kubeconfig or machinery.operator_kubeconfig,
        config=config,
        instance=instance,
    ) as process:
        yield process


def resident_mib(process: OperatorProcess) -> float:
    """Return its resident memory."""
    status = Path(f"/proc/{process.process.pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def cpu_seconds(process: OperatorProcess) -> float:
    """Return the processor time it has used."""
    fields = Path(f"/proc/{process.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def metric(process: OperatorProcess, name: str) -> float:
    """Return the sum of a metric over its labels."""
    found = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", process.metrics(), re.MULTILINE)
    return sum(map(float, found))


def looks(process: OperatorProcess) -> float:
    """Return how many looks at bots have ended well."""
    return metric(process, r"botpod_operator_reconciles_total\{result=\"ok\"\}") or 0.0


def waiting(process: OperatorProcess) -> float:
    """Return how many bots wait for a look."""
    return metric(process, "botpod_operator_queue_depth")
