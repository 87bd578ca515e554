"""Runs the bench's simulated cluster where nothing of it can get out or stay behind.

Its own network namespace: the pods that KWOK shows have addresses that lead nowhere but here, so whatever the
operator asks them stays inside. Its own process namespace: all it started ends with it, however it ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

POD_SUBNET = "10.64.0.0/12"
"""Where KWOK takes its pods' addresses from; all of them are this namespace's own."""

_SETUP = f"""set -e
ip link set lo up
ip route add local {POD_SUBNET} dev lo
# An API server takes its address from the default route; both ends of this one are in here.
ip link add out type veth peer name nowhere
ip link set nowhere up
ip addr add 10.80.0.1/30 dev out
ip link set out up
ip route add default via 10.80.0.2
exec "$@"
"""


def run_isolated(script: Path, *arguments: str, seconds: float) -> int:
    """Run a Python script in namespaces of its own; return its exit code.

    Its last argument is a directory that is removed afterwards.
    """
    namespaces = ("--net", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc")
    with tempfile.TemporaryDirectory(prefix="botpod-bench-") as directory:
        command = [
            *("unshare", *namespaces, "--", "sh", "-c", _SETUP, "bench"),
            *(sys.executable, str(script), *arguments, directory),
        ]
        with subprocess.Popen(command, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process:
            try:
                return process.wait(seconds)
            except subprocess.TimeoutExpired:
                sys.stderr.write(f"bench: gave up after {seconds:.0f} s\n")
                return 1
            finally:
                process.kill()  # and with it everything in its process namespace
