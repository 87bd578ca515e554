"""A Redis of one's own: a Unix socket, an append-only file, and the door open to kill and restart it."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from botpod_operator.accounts.acl import setuser
from botpod_operator.accounts.names import login_of
from botpod_operator.identity import BotKey

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_TO_START = 10.0
LOGIN = login_of(
    b"a seed", service="Redis", address="of the tests", bot=BotKey("default", "hello"), rotate=None
)
"""The account of the bot ``default/hello``, as the operator makes it."""


@dataclass
class RedisServer:
    directory: Path
    process: subprocess.Popen[bytes] | None = field(default=None)
    fsync: str = "always"
    """When it writes to disk; ``everysec`` is what the chart's does."""
    port: int = 0
    """Where it listens on loopback besides its socket, for a replica; 0: nowhere."""
    password: str = ""
    """The default user's, who is the administrator; none by itself."""

    @property
    def socket(self) -> Path:
        return self.directory / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def bot_url(self) -> str:
        """Where a bot logs in that may do no more than the operator allows it."""
        return f"unix://{LOGIN.name}:{LOGIN.password.reveal()}@{self.socket}"

    def start(self) -> None:
        binary = shutil.which("redis-server")
        assert binary, "redis-server is missing: apt-get install redis-server"
        self.socket.unlink(missing_ok=True)
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "unixsocket": str(self.socket),
            "dir": str(self.directory),
            "save": "",
            "appendonly": "yes",
            "appendfsync": self.fsync,
            "maxmemory-policy": "noeviction",
            "repl-diskless-sync-delay": "0",
            "requirepass": self.password,
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        account = ("--user", *setuser(LOGIN)[2:])
        self.process = subprocess.Popen([binary, *arguments, *account], stdout=subprocess.DEVNULL)
        until = time.monotonic() + SECONDS_TO_START
        while not self.socket.exists():
            assert self.process.poll() is None, "redis-server ended at once"
            assert time.monotonic() < until, "redis-server did not start"
            time.sleep(0.01)

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)
                self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    # A socket's path may have 107 bytes at most: pytest's own directories are too deep.
    with tempfile.TemporaryDirectory(prefix="redis") as directory:
        server = RedisServer(Path(directory))
        server.start()
        try:
            yield server
        finally:
            server.kill()
