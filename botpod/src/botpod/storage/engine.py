"""Connections to SQLite or PostgreSQL, with a bound on every wait; times in seconds."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    import aiosqlite
    from sqlalchemy.engine import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

CONNECT = 5.0
QUERY = 5.0


def engine_for(
    url: str, *, password: Callable[[], str] | None = None, query_seconds: float = QUERY
) -> AsyncEngine:
    """Return an engine; ``password`` is asked for each new connection, so a swapped one counts from the next.

    Raises OSError when SQLite's file can't be made.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, query_seconds)
    return _postgresql(parsed, password, query_seconds)


def _sqlite(url: URL, query_seconds: float) -> AsyncEngine:
    file = url.database if url.database and url.database != ":memory:" else None
    options: dict[str, Any] = {}
    if file is not None:
        private_file(Path(file))
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


def private_file(path: Path) -> None:
    """Make the file, and its folder, for this user only; SQLite gives its other files the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _postgresql(url: URL, password: Callable[[], str] | None, query_seconds: float) -> AsyncEngine:
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
    if password is not None:
        arguments["password"] = password
    return create_async_engine(
        url,
        connect_args=arguments,
        pool_size=2,
        max_overflow=3,
        pool_timeout=CONNECT,
        pool_pre_ping=True,
        pool_recycle=1800,
    )
