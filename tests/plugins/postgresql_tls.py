"""A PostgreSQL that is reached over TCP by TLS, with a certificate for localhost."""

from __future__ import annotations

import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from accounts import AdminPostgresql
from pki import ServerFiles, server_files
from postgresql import PostgresqlServer, unprivileged

if TYPE_CHECKING:
    from collections.abc import Iterator


class PostgresqlByTls:
    """``admin`` has a database in which whoever administers it isn't a superuser."""

    def __init__(self, server: PostgresqlServer) -> None:
        self.files: ServerFiles = server_files(server.directory)
        self.files.key.chmod(0o600)
        if (user := unprivileged()) is not None:
            shutil.chown(self.files.key, user)
        self.port = server.port
        server.start(
            listen_addresses="127.0.0.1",
            ssl="on",
            ssl_cert_file=str(self.files.certificate),
            ssl_key_file=str(self.files.key),
        )
        self.admin = AdminPostgresql(server)


@pytest.fixture(scope="module")
def postgresql_tls() -> Iterator[PostgresqlByTls]:
    # A socket's path may have 107 bytes at most: pytest's own directories are too deep.
    with tempfile.TemporaryDirectory(prefix="pgtls") as directory:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            server = PostgresqlServer(Path(directory), port=probe.getsockname()[1])
        server.create()
        try:
            yield PostgresqlByTls(server)
        finally:
            server.stop()
