"""The operator as its own process, as in a pod, against a test's API server."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
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

    def lines(self) -> list[dict[str, Any]]:
        """Return the log, parsed."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@contextlib.contextmanager
def operator_process(
    directory: Path, *, kubeconfig: Path, watch: dict[str, Any], namespace: str, level: str = "DEBUG"
) -> Iterator[OperatorProcess]:
    """Run the operator until the block ends; enter it when it is ready."""
    directory.mkdir(exist_ok=True)
    port, log, config = free_port(), directory / "operator.log", directory / "operator.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "namespace": namespace,
                "watch": watch,
                "logging": {"level": level},
                "metricsPort": port,
                "leaderElection": {"enabled": False},
            }
        )
    )

    def ready() -> bool:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer,
        ):
            return bool(answer.status == 200)
        return False

    command = [
        "env",
        f"KUBECONFIG={kubeconfig}",
        f"PATH={os.environ['PATH']}",
        sys.executable,
        "-m",
        "botpod_operator",
        "run",
        "--config",
        str(config),
    ]
    with running(command, log=log, ready=ready) as process:
        yield OperatorProcess(process=process, port=port, log=log)
