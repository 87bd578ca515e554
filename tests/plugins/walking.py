"""Somebody who follows the README on a fresh machine, line by line, and what each line must show."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from freshmachine import FreshMachine

TALK = Path(__file__).parents[1] / "walk" / "talk.py"
ADDRESS = re.compile(r"Talk to the bot:\s+(http://127\.0\.0\.1:\d+)")
EXPORTS = re.compile(r"^\s+export (KUBECONFIG=\S+) PATH=(\S+):\$PATH$", re.MULTILINE)
# How a program that is not there is complained of.
LACKING = re.compile(
    r"is missing|this machine lacks|command not found|No such file or directory|not found in"
)
# On the machine, that is; what is installed in a cluster is no package.
INSTALLING = re.compile(r"^installing (?!the operator).* \(", re.MULTILINE)
BEGUN = re.compile(r"^(building|making|starting|waiting) .*\(usually", re.MULTILINE)
STEP_SECONDS = 1500.0


def lacked(said: str) -> list[str]:
    """Return the lines that show that something was missing or installed once a target had begun. Pure."""
    begun = BEGUN.search(said)
    after = said[begun.start() :] if begun else ""
    late = [line for line in after.splitlines() if INSTALLING.match(line)]
    return late + [line for line in said.splitlines() if LACKING.search(line)]


@dataclass(kw_only=True)
class Walker:
    """Runs lines in the clone; remembers what each said, and how long it took."""

    machine: FreshMachine
    said: dict[str, str] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    cwd: str = "/root"
    env: dict[str, str] = field(default_factory=dict)

    def does(self, command: str, *, seconds: float = STEP_SECONDS, script: str | None = None) -> str:
        """Run a line to its end and return what it printed; AssertionError unless it succeeds."""
        began = time.monotonic()
        ran = self.machine.run(script or command, cwd=self.cwd, env=self.env, seconds=seconds)
        self.took[command] = time.monotonic() - began
        self.said[command] = ran.said
        sys.stderr.write(f"$ {command}  [{self.took[command]:.0f} s]\n")
        assert ran.status == 0, f"{command}\n{ran.said}"
        return ran.said

    def until(self, command: str, expected: str, *, seconds: float) -> str:
        """Repeat a line that shows something until it shows what matches ``expected``."""
        deadline = time.monotonic() + seconds
        while not re.search(expected, said := self.does(command), re.MULTILINE):
            assert time.monotonic() < deadline, f"{command} never showed {expected}:\n{said}"
            time.sleep(1)
        return said

    def talks(self, address: str, question: str, answer: str) -> None:
        """Type a question on a page of the machine and see the answer there."""
        inside = ["nsenter", f"--target={self.machine.pid}", "--net", sys.executable, TALK]
        command = [*inside, address, question, answer]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def takes_the_exports_of(self, said: str) -> None:
        """Do what the end of `make demo` says about pointing kubectl at its cluster."""
        found = EXPORTS.search(said)
        assert found, said
        name, _, kubeconfig = found[1].partition("=")
        self.env = {name: kubeconfig, "PATH": f"{found[2]}:{self.machine.environment['PATH']}"}

    @contextmanager
    def leaves_running(self, command: str, *, shows: re.Pattern[str] = ADDRESS) -> Iterator[str]:
        """Start a line that stays in the foreground; give what it ``shows``, and press Ctrl-C at the end."""
        began = time.monotonic()
        # A terminal's Ctrl-C reaches all of the foreground; who runs tests in the background ignores it.
        process = subprocess.Popen(
            ["env", "--default-signal=INT", *self.machine.command(command, cwd=self.cwd, env=self.env)],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        printed: list[str] = []
        found = threading.Event()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                printed.append(line)
                if shows.search(line):
                    found.set()
            found.set()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            assert found.wait(STEP_SECONDS), "".join(printed)
            shown = shows.search("".join(printed))
            assert shown, "".join(printed)
            self.took[command] = time.monotonic() - began
            sys.stderr.write(f"$ {command}  [shown after {self.took[command]:.0f} s]\n")
            yield shown[1]
        finally:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
            reader.join(10)
            process.stdout.close()
            self.said[command] = "".join(printed)
