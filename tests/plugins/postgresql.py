"""A PostgreSQL of one's own, from Debian's package: a Unix socket, passwords asked for, restarts allowed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 30.0
USER = "botpod"
PASSWORD = "a password of the tests"


def binaries() -> Path:
    """Return the folder of the newest installed version's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "PostgreSQL is missing: apt-get install postgresql"
    return found[-1].parent


def unprivileged() -> str | None:
    """Return whom to run it as: it refuses to run as root."""
    return pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None


class PostgresqlServer:
    """One server; ``url(name)`` is what a bot's configuration says of the database ``name``."""

    def __init__(self, directory: Path, *, port: int = 5432) -> None:
        self.directory = directory
        self.port = port
        self._data = directory / "data"
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://{USER}@/{database}?host={self.directory}"

    def create(self) -> None:
        # Below the temporary directory, which is this user's alone, another user's server could do nothing.
        self.directory.chmod(0o755)
        if (user := unprivileged()) is not None:
            shutil.chown(self.directory, user)
        secret = self.directory / "password"
        secret.write_text(PASSWORD)
        self._run(
            "initdb",
            "--no-sync",
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            f"--username={USER}",
            "--encoding=UTF8",
            "--locale=C",
            f"--pgdata={self._data}",
        )

    def start(self, **more: str) -> None:
        """Run it; ``more`` are settings beside those that all have."""
        settings = {
            "listen_addresses": "",
            "port": str(self.port),
            "unix_socket_directories": str(self.directory),
            "fsync": "off",
            "shared_buffers": "16MB",
            "max_connections": "50",
            **more,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [binaries() / "postgres", "-D", self._data, *options],
                user=unprivileged(),
                cwd=self.directory,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        until = time.monotonic() + SECONDS
        while self._run("pg_isready", "-q", *self._here, check=False):
            assert self._process.poll() is None, (self.directory / "log").read_text()
            assert time.monotonic() < until, "PostgreSQL did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once, connections and all."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(SECONDS)
            self._process = None

    def sql(self, command: str, *, database: str = "postgres") -> str:
        """Run a command as the owner and return what it prints."""
        return subprocess.run(
            [binaries() / "psql", "-qAt", *self._here, "-U", USER, "-d", database, "-c", command],
            env={"PGPASSWORD": PASSWORD},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    @property
    def _here(self) -> tuple[str, ...]:
        return ("-h", str(self.directory), "-p", str(self.port))

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        return subprocess.run(
            [binaries() / program, *arguments],
            user=unprivileged(),
            cwd=self.directory,
            stdout=subprocess.DEVNULL,
            check=check,
        ).returncode


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    # A socket's path may have 107 bytes at most: pytest's own directories are too deep.
    with tempfile.TemporaryDirectory(prefix="pg") as directory:
        server = PostgresqlServer(Path(directory))
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The URL of a database of the test's own; the password is :data:`PASSWORD`."""
    name = f"t{uuid.uuid4().hex}"
    postgresql_server.sql(f"CREATE DATABASE {name}")
    yield postgresql_server.url(name)
    postgresql_server.sql(f"DROP DATABASE {name} WITH (FORCE)")
