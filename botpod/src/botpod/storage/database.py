"""The database as the bot meets it: there or not there, never waited for long.

Away at the start or later, the bot works without it: work raises :class:`botpod.errors.Transient` at once,
and a task of its own tries until it is back.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from botpod.errors import Transient
from botpod.storage.engine import CONNECT, QUERY, engine_for
from botpod.storage.migrate import HEAD, present_revision, upgrade
from botpod.storage.troubles import sentence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_log = logging.getLogger(__name__)

_MIGRATION = 60.0
_RETRY = 5.0
_PATIENCE = CONNECT + QUERY


class Database:
    """One database; ``report`` hears what is wrong with it, None when it works again. Times in seconds.

    ``password``, ``logins``, ``ca`` and ``group_reads`` are as in :func:`botpod.storage.engine.engine_for`.
    """

    def __init__(
        self,
        url: str,
        *,
        password: Callable[[], str] | None = None,
        report: Callable[[str | None], object] = lambda _: None,
        retry: float = _RETRY,
        logins: bool = False,
        ca: str | None = None,
        group_reads: bool = False,
    ) -> None:
        self._engine_for = partial(
            engine_for, url, password=password, logins=logins, ca=ca, group_reads=group_reads
        )
        self._report = report
        self._retry = retry
        self._engine: AsyncEngine | None = None
        self._problem: str | None = "The database has not been reached yet."
        self._lost = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._working: set[asyncio.Task[Any]] = set()

    @property
    def problem(self) -> str | None:
        """What is wrong with it, None while it works."""
        return self._problem

    async def start(self, *, patience: float = _PATIENCE) -> None:
        """Connect and migrate; where that fails or outlasts ``patience``, return and go on trying."""
        first = asyncio.create_task(self._connect())
        self._watcher = asyncio.create_task(self._watch(first))
        await asyncio.wait({first}, timeout=patience)

    async def run[T](self, work: Callable[[AsyncConnection], Awaitable[T]], *, alone: bool = False) -> T:
        """Do ``work`` in one transaction; raises :class:`botpod.errors.Transient` when that can't be.

        ``alone``: it is one statement, which PostgreSQL makes a transaction by itself, in a third of the
        round trips.

        Who asks may be cancelled; the work is not: a connection that is left in the middle of a transaction
        keeps its locks, and everybody else waits for them.
        """
        task = asyncio.create_task(self._do(work, alone=alone))
        self._working.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._working.discard(task)
        if not task.cancelled():
            task.exception()  # so that what nobody waits for any more is no complaint

    async def _do[T](self, work: Callable[[AsyncConnection], Awaitable[T]], *, alone: bool) -> T:
        if self._engine is None or self._problem is not None:
            raise Transient(
                self._problem or "The database has not been reached yet.", retry_after=self._retry
            )
        try:
            async with asyncio.timeout(CONNECT + QUERY), _connected(self._engine, alone=alone) as connection:
                return await work(connection)
        except Exception as error:  # noqa: BLE001 - no third party's exception passes this line
            self._note(sentence(error))
            raise Transient(sentence(error), retry_after=self._retry) from None

    async def close(self) -> None:
        """Let go of all connections, once what is under way is done."""
        if self._working:
            await asyncio.wait(self._working, timeout=_PATIENCE)
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        # Whoever comes later than this is told so: a pool that is disposed of would connect anew.
        engine, self._engine = self._engine, None
        self._problem = "The database is closed."
        if engine is not None:
            with suppress(Exception):
                async with asyncio.timeout(CONNECT):
                    await engine.dispose()

    async def _watch(self, first: asyncio.Task[None]) -> None:
        await first
        while True:
            await self._lost.wait()
            await asyncio.sleep(self._retry)
            await self._connect()

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(CONNECT + _MIGRATION):
                if self._engine is None:
                    await self._migrate()
                    self._engine = self._engine_for()
                async with asyncio.timeout(CONNECT + QUERY), self._engine.connect() as connection:
                    await connection.execute(text("SELECT 1"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the bot works without a database
            self._note(sentence(error))
        else:
            self._note(None)

    async def _migrate(self) -> None:
        engine = self._engine_for(query_seconds=_MIGRATION)
        try:
            async with engine.begin() as connection:
                present = await present_revision(connection)
                if present is not None and present >= HEAD:
                    return
            async with engine.begin() as connection:
                await upgrade(connection)
            _log.info("The database has been migrated", extra={"from": present, "to": HEAD})
        finally:
            await engine.dispose()

    def _note(self, problem: str | None) -> None:
        self._problem = problem
        (self._lost.set if problem else self._lost.clear)()
        self._report(problem)


def _connected(engine: AsyncEngine, *, alone: bool) -> AbstractAsyncContextManager[AsyncConnection]:
    # Where SQLite's transactions begin is said in engine.py, for each alike.
    if alone and engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT").connect()
    return engine.begin()
