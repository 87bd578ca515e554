"""The stand-in as a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "botpod_local.discord"]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def ask(url: str, token: str) -> Any:
    with urlopen(Request(url, headers={"Authorization": f"Bot {token}"}), timeout=10) as answer:
        return json.load(answer)


def test_it_listens_where_it_is_told_and_stops_when_it_is_told(tmp_path: Path) -> None:
    file = tmp_path / "token"
    arguments = ["--api", "127.0.0.1:0", "--api", "127.0.0.2:0", "--page", "127.0.0.1:0"]
    with running(*arguments, "--bot", "tester", "--token-file", str(file)) as (process, said):
        assert file.stat().st_mode & 0o077 == 0
        first, second = said["api"]
        token = file.read_text()
        assert ask(first + "/users/@me", token)["username"] == "tester"
        # Each client is sent to the gateway at the address it knows.
        assert ask(second + "/gateway", token)["url"].startswith("ws://127.0.0.2:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    with running("--token-file", str(file)) as (_, said):
        assert ask(said["api"][0] + "/users/@me", token)["username"] == "hello"
        assert said["page"] is None


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--api", f"127.0.0.1:{port}"], capture_output=True, text=True, timeout=20, check=False
        )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("Choose another port.")
    assert "Traceback" not in done.stderr


def test_an_address_that_is_none_is_said() -> None:
    done = subprocess.run(
        [*COMMAND, "--api", "8080"], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 2
    assert "'8080' is no address" in done.stderr
