"""Roles and schemas in PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.verify.pgtarget import read, speaks
from botpod_operator.accounts import sql
from botpod_operator.accounts.names import account_in
from botpod_operator.accounts.troubles import not_made, refused, unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from botpod_credentials.values import Hidden
    from botpod_operator.accounts.names import Login
    from botpod_operator.accounts.server import Server

SECONDS = 10.0
"""How long one call may take in all; the first one of a bot may move its rows."""
LEFTOVERS_SECONDS = 3600.0
"""When what old pods wrote beside the new ones is fetched: none of them is left by then."""
CLOCKS_SECONDS = 60.0
"""How far the clocks of pods and of the database may be apart."""
_SETTINGS = {"search_path": "pg_catalog", "lock_timeout": "1s"}
"""Nobody's functions and operators in place of the server's own; and a bot that locks what is its own holds
up itself only."""
_FIELD = "spec.state.postgresql.admin of the BotClass"
_NO_PRIVILEGE, _BAD_PASSWORD, _NOT_LET_IN, _NO_DATABASE = "42501", "28P01", "28000", "3D000"


class PostgresqlMaker:
    """A :class:`~botpod_operator.accounts.server.Maker`; ``now`` gives Unix time."""

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self._now = now

    async def make(self, server: Server, password: Hidden, login: Login, *, connections: int) -> None:
        """Make role, schema and login where they are missing, and move the bot's rows step by step."""
        # No advisory lock: a bot could hold it. Of two operators at once one meets the other's role, and
        # is told so by an error; its next look finds all in place.
        async with _as_admin(server, password) as connection, connection.transaction():
            names = [login.account, login.name]
            found = await connection.fetchrow(sql.STANDING, names, login.account)
            roles = frozenset(found["roles"])
            for statement in (
                *sql.missing(login, roles=roles, member=found["member"], schema=found["schema"]),
                *sql.logging_in(login, database=found["database"], connections=connections, roles=roles),
            ):
                await connection.execute(statement)
            await self._move(connection, login)

    async def logins(self, server: Server, password: Hidden) -> frozenset[str]:
        """Return the names of all roles of ours that may log in."""
        async with _as_admin(server, password) as connection:
            rows = await connection.fetch(sql.LOGINS)
        return frozenset(row["rolname"] for row in rows if account_in(row["rolname"]))

    async def drop(self, server: Server, password: Hidden, logins: frozenset[str]) -> None:
        """Delete logins and end their connections; what the bots keep stays."""
        async with _as_admin(server, password) as connection:
            database = await connection.fetchval("SELECT current_database()")
            for name in sorted(logins):
                # Each by itself: whom nothing lets in any more is ended for good, whatever comes after.
                for statement in sql.dropping(name, database=database):
                    await connection.execute(statement)

    async def _move(self, connection: Any, login: Login) -> None:
        """Copy what the bot kept in the shared tables; an hour later fetch what was written there since."""
        import asyncpg  # type: ignore[import-untyped]  # noqa: PLC0415 - see _as_admin

        schema, bot = login.account, str(login.bot)
        mark = await connection.fetchval(sql.MARK, schema)
        if mark == "moved":
            return
        rows = await connection.fetch(sql.SHARED, [*sql.MOVED_TABLES, sql.REVISION_TABLE])
        if any(row["strange"] for row in rows):
            raise refused(
                "PostgreSQL",
                "the tables in schema public aren't as the bots made them, so what they kept isn't moved; "
                "look at them, and drop those that nobody needs",
            )
        tables = tuple(row["name"] for row in rows)
        if mark is None:
            for statement in sql.closed(tables):
                with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.execute(statement)
            for table in tables:
                await self._clone(connection, table, schema)
                await connection.execute(
                    sql.copied(table, schema), *(() if table == sql.REVISION_TABLE else (bot,))
                )
            note = f"copied {int(self._now())}" if tables else "moved"
            await connection.execute(sql.mark(schema, note))
            return
        copied = float(mark.removeprefix("copied ").strip() or 0)
        if self._now() - copied >= LEFTOVERS_SECONDS:
            for table in tables:
                if table in sql.MOVED_TABLES:
                    since = int(copied - CLOCKS_SECONDS)
                    await connection.execute(sql.leftovers(table, schema), bot, since)
            await connection.execute(sql.mark(schema, "moved"))

    async def _clone(self, connection: Any, table: str, schema: str) -> None:
        constraints = await connection.fetch(sql.CONSTRAINTS, table)
        indexes = await connection.fetch(sql.INDEXES, table)
        for statement in sql.cloned(
            table,
            schema,
            constraints=tuple((row["name"], row["definition"]) for row in constraints),
            indexes=tuple(row["definition"] for row in indexes),
        ):
            await connection.execute(statement)


@contextlib.asynccontextmanager
async def _as_admin(server: Server, password: Hidden) -> AsyncIterator[Any]:
    # Imported when first needed: an operator without PostgreSQL goes without its 4 MiB.
    import asyncpg  # noqa: PLC0415

    there = False
    try:
        async with asyncio.timeout(SECONDS):
            target = read(server.url, user=server.user, verified=server.ca is not None)
            if not await speaks(target):
                raise unreachable("PostgreSQL", ValueError(), seconds=SECONDS)  # noqa: TRY301 - it passes
            arguments = target.arguments(server.tls)
            arguments["server_settings"] |= _SETTINGS
            connection = await asyncpg.connect(**arguments, password=password.reveal(), timeout=SECONDS)
            there = True
            try:
                yield connection
            finally:
                connection.terminate()
    except asyncpg.PostgresError as error:
        raise _refusal(server, error.sqlstate or "", there=there) from None
    except CredentialsUnusable:
        raise
    except Exception as error:  # noqa: BLE001 - no exception may leave: its text may hold what was sent
        raise (not_made if there else unreachable)("PostgreSQL", error, seconds=SECONDS) from None


def _refusal(server: Server, state: str, *, there: bool) -> CredentialsUnusable:
    name, key = server.secret
    said = {
        _BAD_PASSWORD: (
            f'it refuses the administrator "{server.user}" ({state}); write its password to {key} of Secret '
            f'"{name}", or correct {_FIELD}'
        ),
        _NO_PRIVILEGE: (
            f'"{server.user}" lacks a right ({state}); it needs CREATEROLE, CREATE on the database, and '
            "to read and change the tables that bots shared"
        ),
        _NOT_LET_IN: f'it doesn\'t let "{server.user}" in from the operator ({state}); see its pg_hba.conf',
        _NO_DATABASE: f"there is no such database ({state}); correct spec.state.postgresql.url",
    }
    if state in said:
        return refused("PostgreSQL", said[state])
    error = OSError(state)
    return (not_made if there else unreachable)("PostgreSQL", error, seconds=SECONDS)
