"""A server that accounts are made on, and what whoever makes them has to offer."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from botpod_credentials.values import Hidden
    from botpod_operator.accounts.names import Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is, by which certificates it is trusted, and who makes the accounts; no password."""

    service: str
    url: str
    ca: str | None
    user: str
    secret: tuple[str, str]
    """Name and key of the Secret with that user's password, in the operator's namespace."""

    def __str__(self) -> str:
        """Return what the log calls it."""
        return f"{self.service} at {self.url}"

    def tls(self) -> ssl.SSLContext:
        """Return what a server has to show to be trusted: a certificate for its name."""
        return ssl.create_default_context(cadata=self.ca)


class Maker(Protocol):
    """Makes accounts on one kind of server.

    Every call logs in as the server's administrator with ``password``, ends in time and raises
    :class:`~botpod_credentials.errors.CredentialsUnusable`.
    """

    async def make(self, server: Server, password: Hidden, login: Login, *, connections: int) -> None:
        """Bring an account and its login to what they shall be; twice does nothing twice."""

    async def logins(self, server: Server, password: Hidden) -> frozenset[str]:
        """Return the names of all logins of ours that there are."""

    async def drop(self, server: Server, password: Hidden, logins: frozenset[str]) -> None:
        """Let these log in no more, and end their connections."""
