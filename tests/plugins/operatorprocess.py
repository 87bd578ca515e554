"""The operator as its own process, as in a pod, against a test's API server."""

from __future__ import annotations

import contextlib
import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from eventually import patiently
from jsonlines import json_lines
from parts.measured import measured
from processes import free_port, running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class OperatorProcess:
    """A running operator."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def metrics(self) -> str:
        """Return what Prometheus would scrape."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())

    def looked_at(self, bots: int, *, seconds: float = 30) -> None:
        """Wait until so many looks ended well, and nothing waits for one."""

        def done() -> bool:
            lines = dict(line.rsplit(" ", 1) for line in self.metrics().splitlines() if line[:1] != "#")
            looks = float(lines.get('botpod_operator_reconciles_total{result="ok"}', 0))
            return looks >= bots and float(lines["botpod_operator_queue_depth"]) == 0

        patiently(done, seconds=seconds)

    def answers(self, path: str) -> int | None:
        """Return the status code of a path, None where nothing answers."""
        return _status(self.port, path)

    def lines(self) -> list[dict[str, Any]]:
        """Return the log, parsed."""
        return json_lines(self.log)


def _status(port: int, path: str) -> int | None:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


@contextlib.contextmanager
def operator_process(
    directory: Path,
    *,
    kubeconfig: Path,
    config: dict[str, Any],
    ready_path: str = "/readyz",
    instance: str = "botpod-operator-0",
) -> Iterator[OperatorProcess]:
    """Run the operator until the block ends; enter it when it is ready.

    ``config`` is its file; the port is replaced by a free one. ``instance`` is what would be the pod's name.
    """
    directory.mkdir(exist_ok=True)
    port, log, file = free_port(), directory / "operator.log", directory / "operator.yaml"
    file.write_text(yaml.safe_dump({**config, "metricsPort": port}))

    command = [
        "env",
        f"KUBECONFIG={kubeconfig}",
        f"HOSTNAME={instance}",
        f"PATH={os.environ['PATH']}",
        *(f"{name}={value}" for name, value in measured().items()),
        sys.executable,
        "-m",
        "botpod_operator",
        "run",
        "--config",
        str(file),
    ]
    with running(command, log=log, ready=lambda: _status(port, ready_path) == 200) as process:
        yield OperatorProcess(process=process, port=port, log=log)
