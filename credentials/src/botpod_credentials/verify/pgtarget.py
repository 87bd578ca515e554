"""Where a PostgreSQL is, by a URL in SQLAlchemy's form, and whether one is there."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

PORT = 5432
SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)
"""Asks whether the server speaks TLS; every PostgreSQL answers with the one letter S or N."""
_VERIFIED = frozenset({"verify-ca", "verify-full"})
"""Where the class wants a trusted certificate; the library by itself looks for a file that isn't there."""
_SERVER = re.compile(r"(\[[^]]*\]|/.*|[^:]*)(?::([0-9]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Servers as host and port (a path: the folder of a Unix socket), who logs in, and where to."""

    servers: tuple[tuple[str, int], ...]
    user: str
    database: str
    mode: str

    def arguments(self, tls: Callable[[], ssl.SSLContext]) -> dict[str, Any]:
        """Return how to connect, with everything that the library would else take from the environment."""
        return {
            "host": [host for host, _ in self.servers],
            "port": [port for _, port in self.servers],
            "user": self.user,
            "database": self.database,
            "ssl": tls() if self.mode in _VERIFIED else self.mode,
            "target_session_attrs": "any",
            "server_settings": {"application_name": "botpod-operator"},
        }


def read(url: str, *, user: str | None = None, verified: bool = False) -> Target:
    """Read a URL; several hosts are parted by commas. Raises ValueError.

    ``user`` logs in in place of the URL's; ``verified`` asks for TLS with a trusted certificate.
    """
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query))
    login, _, netloc = parts.netloc.rpartition("@")
    user = user or unquote(login.partition(":")[0])
    ports = [int(port) for port in given.get("port", "").split(",") if port]
    servers = []
    for place in filter(None, (given.get("host") or netloc).split(",")):
        found = _SERVER.fullmatch(place)
        if found is None:
            raise ValueError("unreadable host")
        port = int(found[2] or (ports.pop(0) if ports else PORT))
        if found[1]:
            servers.append((unquote(found[1]).strip("[]"), port))
    return Target(
        servers=tuple(servers),
        user=user,
        database=unquote(parts.path.removeprefix("/")) or user,
        mode="verify-full" if verified else given.get("ssl", "prefer"),
    )


async def speaks(target: Target) -> bool:
    """Say whether what listens there speaks PostgreSQL; no credential is sent.

    The library must not meet anything else: a message whose length is negative keeps asyncpg 0.32 turning for
    ever, and the whole operator with it.

    Raises:
        OSError: none of the servers can be reached.
    """
    trouble: OSError | None = None
    reached = False
    for host, port in target.servers:
        try:
            answer = await _asked(host, port)
        except OSError as error:
            trouble = error
            continue
        if answer not in {b"S", b"N"}:
            return False
        reached = True
    if not reached and trouble is not None:
        raise trouble
    return reached


async def _asked(host: str, port: int) -> bytes:
    if host.startswith("/"):
        reader, writer = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
    else:
        reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(SSL_REQUEST)
        return await reader.read(64)
    finally:
        writer.transport.abort()
