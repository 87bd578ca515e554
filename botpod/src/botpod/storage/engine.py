"""Connections to SQLite or PostgreSQL, with a bound on every wait; times in seconds."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import ssl
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiosqlite
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

CONNECT = 5.0
QUERY = 5.0
IDLE = 1.0
"""A connection that was used since then isn't asked whether it works."""
_USER = "user"
_USED_AT = "used_at"
_VERIFIED = frozenset({"verify-ca", "verify-full"})
"""By the system's CAs where there is no ``ca``: the driver by itself looks for a file that isn't there."""


def engine_for(
    url: str,
    *,
    password: Callable[[], str] | None = None,
    logins: bool = False,
    ca: str | None = None,
    query_seconds: float = QUERY,
    group_reads: bool = False,
) -> AsyncEngine:
    """Return an engine; ``password`` is asked for each new connection, so a swapped one counts from the next.

    ``logins``: it returns ``user:password``. ``ca``: PostgreSQL must show a certificate by these (PEM).
    ``group_reads``: the user's group may read SQLite's files. Raises OSError when they can't be made.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, query_seconds, group_reads=group_reads)
    return _postgresql(parsed, password, query_seconds, logins=logins, ca=ca)


def _sqlite(url: URL, query_seconds: float, *, group_reads: bool) -> AsyncEngine:
    file = url.database if url.database and url.database != ":memory:" else None
    options: dict[str, Any] = {}
    if file is not None:
        private_file(Path(file), group_reads=group_reads)
        # One process writes, and SQLite lets one write at a time: more connections would only wait.
        options = {"pool_size": 1, "max_overflow": 0, "pool_timeout": query_seconds}
    engine = create_async_engine(url, connect_args={"timeout": query_seconds}, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # BEGIN is said below, not by the driver, which says it too late: after the first read, not for DDL.
        connection.isolation_level = None
        connection.run_async(partial(_write_ahead, within=query_seconds))

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def _write_ahead(connection: aiosqlite.Connection, *, within: float) -> None:
    # Several that make one file's log at once could wait for each other: SQLite refuses all but one of them
    # at once, whatever the time-out, so they ask again.
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        try:
            await connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or loop.time() >= end:
                raise
        await asyncio.sleep(random.uniform(0.01, 0.05))  # noqa: S311 - jitter
    await connection.execute("PRAGMA synchronous=NORMAL")


def private_file(path: Path, *, group_reads: bool = False) -> None:
    """Make the file, and its folder, for this user only, or for its group to read; never for others.

    SQLite gives its other files the same mode.
    """
    folder, file = (0o750, 0o640) if group_reads else (0o700, 0o600)
    path.parent.mkdir(mode=folder, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, file))
    if path.stat().st_mode & 0o777 & ~file:
        path.chmod(file)


def _postgresql(
    url: URL, password: Callable[[], str] | None, query_seconds: float, *, logins: bool, ca: str | None
) -> AsyncEngine:
    arguments: dict[str, Any] = {
        "timeout": CONNECT,
        "command_timeout": query_seconds,
        "server_settings": {
            "application_name": "botpod",
            # The server gives up shortly after us, should our word to cancel not arrive.
            "statement_timeout": str(round((query_seconds + 1) * 1000)),
            "idle_in_transaction_session_timeout": str(round((query_seconds + 1) * 1000)),
        },
    }
    if ca is not None or url.query.get("ssl") in _VERIFIED:
        arguments["ssl"] = ssl.create_default_context(cadata=ca)
        url = url.difference_update_query(("ssl",))
    if password is not None and not logins:
        arguments["password"] = password
    engine = create_async_engine(
        url,
        connect_args=arguments,
        pool_size=2,
        max_overflow=3,
        pool_timeout=CONNECT,
        pool_recycle=1800,
    )
    _try_where_idle(engine)
    if password is not None and logins:
        _log_in_as_told(engine, password)
    return engine


def _try_where_idle(engine: AsyncEngine) -> None:
    """Ask a connection whether it still works before it is used, unless it did a moment ago.

    SQLAlchemy's own ``pool_pre_ping`` asks each time: two round trips more for one that takes two.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def used(_connection: object, record: Any) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def check(connection: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get(_USED_AT, time.monotonic()) < IDLE:
            return
        try:
            engine.sync_engine.dialect.do_ping(connection)
        except Exception:  # noqa: BLE001 - whatever it says, another connection is made
            raise DisconnectionError from None


def _log_in_as_told(engine: AsyncEngine, login: Callable[[], str]) -> None:
    """Connect as ``user:password`` says, and use no connection any more of a user that it said before.

    Such a user is dropped some time after the change, with whatever is open then.
    """

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(_dialect: object, record: Any, _args: object, options: dict[str, Any]) -> None:
        user, _, password = login().partition(":")
        record.info[_USER] = user
        options |= {"user": user, "password": password}

    @event.listens_for(engine.sync_engine, "checkout")
    def check(_connection: object, record: Any, _proxy: object) -> None:
        if record.info.get(_USER) != login().partition(":")[0]:
            raise DisconnectionError
