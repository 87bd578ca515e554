"""Users in Redis. They are gone after a restart of a Redis without an ``aclfile``, and on a replica."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from botpod_operator.accounts.acl import setuser
from botpod_operator.accounts.names import account_in
from botpod_operator.accounts.resp import Connection, RedisRefused
from botpod_operator.accounts.troubles import refused, unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from botpod_credentials.errors import CredentialsUnusable
    from botpod_credentials.values import Hidden
    from botpod_operator.accounts.names import Login
    from botpod_operator.accounts.server import Server

SECONDS = 5.0
"""How long one call may take in all."""
_FIELD = "spec.state.redis.admin of the BotClass"


class RedisMaker:
    """A :class:`~botpod_operator.accounts.server.Maker`."""

    async def make(self, server: Server, password: Hidden, login: Login, *, connections: int) -> None:  # noqa: ARG002 - Redis bounds no user's connections
        """Make the user anew, and have Redis keep it where it can."""
        async with _as_admin(server, password) as connection:
            await connection.ask(*setuser(login))
            await _save(connection)

    async def logins(self, server: Server, password: Hidden) -> frozenset[str]:
        """Return the names of all users of ours."""
        async with _as_admin(server, password) as connection:
            found = await connection.ask("ACL", "USERS")
        names = found if isinstance(found, list) else []
        return frozenset(name for name in names if isinstance(name, str) and account_in(name))

    async def drop(self, server: Server, password: Hidden, logins: frozenset[str]) -> None:
        """Delete users; Redis closes their connections."""
        async with _as_admin(server, password) as connection:
            await connection.ask("ACL", "DELUSER", *sorted(logins))
            await _save(connection)


async def _save(connection: Connection) -> None:
    # Without an aclfile there is nothing to save to.
    with contextlib.suppress(RedisRefused):
        await connection.ask("ACL", "SAVE")


@contextlib.asynccontextmanager
async def _as_admin(server: Server, password: Hidden) -> AsyncIterator[Connection]:
    try:
        async with asyncio.timeout(SECONDS):
            tls = server.tls() if server.url.startswith("rediss:") else None
            connection = await Connection.open(server.url, tls=tls)
            try:
                await connection.ask("AUTH", server.user, password.reveal())
                yield connection
            finally:
                await connection.close()
    except RedisRefused as error:
        raise _refusal(server, error.code) from None
    except Exception as error:  # noqa: BLE001 - no exception may leave: its text may hold what was sent
        raise unreachable("Redis", error, seconds=SECONDS) from None


def _refusal(server: Server, code: str) -> CredentialsUnusable:
    name, key = server.secret
    match code:
        case "WRONGPASS":
            return refused(
                "Redis",
                f'it refuses the administrator "{server.user}" (WRONGPASS); write its password to {key} of '
                f'Secret "{name}", or correct {_FIELD}',
            )
        case "NOPERM":
            return refused("Redis", f'"{server.user}" may not manage users (NOPERM); correct {_FIELD}')
        case "ERR":
            return refused(
                "Redis", "it doesn't know users as they are made here; it needs Redis 6.2 or newer"
            )
    return unreachable("Redis", OSError(code), seconds=SECONDS)
