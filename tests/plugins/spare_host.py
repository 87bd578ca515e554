"""A host to install things on that leaves nothing behind: this machine's files under a layer of their own.

What is written to /etc, /opt and /var lies in memory; ports, processes and mounts are the spare host's own.
It ends with the process that keeps it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PYTHON = "/opt/python-of-the-test"
_LAYERS = ("/etc", "/opt", "/var")
_SETUP = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
for folder in {folders}; do
  layer=/run/layers$folder
  mkdir -p "$layer/up" "$layer/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$layer/up,workdir=$layer/work" "$folder"
done
mkdir -p {python} && mount --bind {prefix} {python}
# An interpreter that was built for another place looks for its library there.
echo {python}/lib > /etc/ld.so.conf.d/python-of-the-test.conf && ldconfig
ip link set lo up
echo ready
exec sleep infinity
"""


_ASK = """
import json, sys, urllib.error, urllib.request
given = json.loads(sys.argv[1])
data = None if given["data"] is None else json.dumps(given["data"]).encode()
headers = given["headers"] | ({} if data is None else {"Content-Type": "application/json"})
try:
    with urllib.request.urlopen(urllib.request.Request(given["url"], data, headers), timeout=5) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
except OSError as error:
    print(0, error)
"""


@dataclass(frozen=True)
class SpareHost:
    """A running one; commands run as its root."""

    keeper: int
    """The id of a process in it, as this machine counts."""

    def command(self, *arguments: str, user: str | None = None, network: bool = False) -> list[str]:
        """Return what runs ``arguments`` in it; with ``network`` on this machine's, which reaches others."""
        spaces = ["--mount", "--pid"] if network else ["--mount", "--pid", "--net"]
        become = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []
        return ["nsenter", "--target", str(self.keeper), *spaces, "--wd=/", *become, *arguments]

    def run(
        self,
        *arguments: str,
        user: str | None = None,
        network: bool = False,
        env: dict[str, str] | None = None,
        seconds: float = 60,
    ) -> str:
        """Run a command and return what it printed; raises AssertionError with that when it fails."""
        done = subprocess.run(
            self.command(*arguments, user=user, network=network),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
            env={**os.environ, **(env or {})},
        )
        assert done.returncode == 0, f"{arguments} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    @contextlib.contextmanager
    def running(self, *arguments: str, stderr: int | None = None) -> Iterator[subprocess.Popen[str]]:
        """Run a command for as long as the block takes, then end it."""
        command = self.command(*arguments)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=stderr, text=True) as process:
            try:
                yield process
            finally:
                self.end(process)
                process.wait(30)

    def end(self, process: subprocess.Popen[str]) -> None:
        """Ask a running command to end; what was started is the command's parent, which only waits."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
                os.kill(int(child), signal.SIGTERM)

    def ask(self, url: str, *, data: Any = None, **headers: str) -> tuple[int, str]:
        """Ask for a page from within, with ``data`` posting that as JSON; 0 while nobody listens."""
        given = json.dumps({"url": url, "data": data, "headers": headers})
        status, _, body = self.run(f"{PYTHON}/bin/python3", "-c", _ASK, given).partition(" ")
        return int(status), body.strip()

    def path(self, inside: str) -> Path:
        """Return where this machine sees one of its files."""
        return Path(f"/proc/{self.keeper}/root{inside}")


@contextlib.contextmanager
def spare_host() -> Iterator[SpareHost]:
    """Make one; needs root, as the cluster does."""
    setup = _SETUP.format(folders=" ".join(_LAYERS), prefix=sys.base_prefix, python=PYTHON)
    namespaces = ("--mount", "--net", "--pid", "--mount-proc", "--fork", "--kill-child")
    with subprocess.Popen(
        ["unshare", *namespaces, "sh", "-c", setup], stdout=subprocess.PIPE, text=True
    ) as outer:
        try:
            assert outer.stdout is not None
            assert outer.stdout.readline() == "ready\n"
            (keeper,) = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
            yield SpareHost(int(keeper))
        finally:
            outer.kill()


@pytest.fixture(scope="module")
def host() -> Iterator[SpareHost]:
    """A spare host for all tests of a module."""
    with spare_host() as one:
        yield one
