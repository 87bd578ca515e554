"""A Redis that is reached over TCP and TLS, as the class's address is, and that wants passwords."""

from __future__ import annotations

import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from eventually import patiently
from pki import ServerFiles, server_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "the default user's"
BOT_PASSWORD = "pässword of: the/bot@"


class RedisOverTcp:
    """``bot`` may do next to nothing, ``away`` is switched off."""

    def __init__(self, directory: Path) -> None:
        self.files: ServerFiles = server_files(directory)
        self.port, self.tls_port = _free_port(), _free_port()
        (directory / "redis.conf").write_text(
            f"bind 127.0.0.1\nport {self.port}\ntls-port {self.tls_port}\nsave ''\n"
            f"tls-cert-file {self.files.certificate}\ntls-key-file {self.files.key}\n"
            f"tls-ca-cert-file {self.files.ca}\ntls-auth-clients no\n"
            f'requirepass "{PASSWORD}"\n'
            f'user bot on ">{BOT_PASSWORD}" ~bot:* -@all +get\n'
            f'user away off ">{BOT_PASSWORD}" ~* +@all\n'
        )
        binary = shutil.which("redis-server")
        assert binary, "redis-server is missing: apt-get install redis-server"
        self.process = subprocess.Popen([binary, directory / "redis.conf"], stdout=subprocess.DEVNULL)
        patiently(self._listening, seconds=10, every=0.01)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def send(self, *lines: str) -> bytes:
        """Send commands as the default user and return the last answer's beginning."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            for line in (f'AUTH "{PASSWORD}"', *lines):
                connection.sendall(f"{line}\r\n".encode())
                said = connection.recv(4096)
        return said

    def _listening(self) -> bool:
        assert self.process.poll() is None, "redis-server ended at once"
        try:
            socket.create_connection(("127.0.0.1", self.tls_port), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def redis_tcp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisOverTcp]:
    server = RedisOverTcp(tmp_path_factory.mktemp("redis-tcp"))
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
