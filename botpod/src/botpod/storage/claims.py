"""Which of a bot's processes is on an event, in PostgreSQL: the first to insert it, while that one lives."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from botpod.storage.tables import CLAIMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Executable
    from sqlalchemy.ext.asyncio import AsyncConnection

    from botpod.storage.database import Database

NOW = func.extract("epoch", func.clock_timestamp())
"""By the database's clock, so that no process' own counts."""


class Found(Enum):
    """What somebody finds who claims an event."""

    FREE = auto()
    LEFT = auto()
    """Somebody had it who is gone."""
    HELD = auto()
    DONE = auto()


class Claims:
    """One process' claims, ``holder``'s, each good for ``seconds``.

    Every method raises :class:`botpod.errors.Transient`.
    """

    def __init__(self, database: Database, *, bot: str, holder: str, seconds: float) -> None:
        self._database = database
        self._bot = bot
        self._holder = holder
        self._seconds = seconds

    async def claim(self, event: str) -> Found:
        """Insert ``event``, or take it over from a process that is gone."""
        row = {"bot": self._bot, "event": event, "holder": self._holder, "done": False}
        first = insert(CLAIMS).values(**row, until=NOW + self._seconds).on_conflict_do_nothing()
        look = select(CLAIMS.c.done, CLAIMS.c.holder, CLAIMS.c.until <= NOW).where(self._is(event))
        take = update(CLAIMS).where(self._is(event))

        async def work(connection: AsyncConnection) -> Found:
            if (await connection.execute(first.returning(CLAIMS.c.event))).first() is not None:
                return Found.FREE
            found = (await connection.execute(look.with_for_update())).first()
            if found is None:
                return Found.HELD  # forgotten at this moment; whoever asks again inserts it
            done, holder, over = found
            if done:
                return Found.DONE
            # One of our own that we don't know of: the call that made it was answered too late.
            if not over and holder != self._holder:
                return Found.HELD
            await connection.execute(take.values(holder=self._holder, until=NOW + self._seconds))
            return Found.LEFT

        return await self._database.run(work)

    async def holds(self, event: str) -> bool:
        """Return whether ``event`` is still this process'."""
        look = select(CLAIMS.c.holder).where(self._is(event))

        async def work(connection: AsyncConnection) -> bool:
            return (await connection.execute(look)).scalar_one_or_none() in {None, self._holder}

        return await self._database.run(work)

    async def settle(self, event: str) -> None:
        """Note that ``event`` was handled, also where nobody could claim it."""
        row = {"bot": self._bot, "event": event, "holder": self._holder, "done": True}
        done = insert(CLAIMS).values(**row, until=NOW)
        await self._run(
            done.on_conflict_do_update(
                index_elements=[CLAIMS.c.bot, CLAIMS.c.event], set_={"done": True, "until": NOW}
            )
        )

    async def let_go(self, events: Iterable[str]) -> None:
        """Leave these to whoever comes next."""
        await self._run(update(CLAIMS).where(self._ours(events)).values(until=NOW))

    async def live(self, events: Iterable[str]) -> None:
        """Keep these, which this process is on, for so long again."""
        await self._run(update(CLAIMS).where(self._ours(events)).values(until=NOW + self._seconds))

    async def forget(self, *, older_than: float) -> None:
        """Drop what nobody has been on for so many seconds."""
        old = (CLAIMS.c.bot == self._bot) & (CLAIMS.c.until < NOW - older_than)
        await self._run(delete(CLAIMS).where(old))

    def _is(self, event: str) -> ColumnElement[bool]:
        return (CLAIMS.c.bot == self._bot) & (CLAIMS.c.event == event)

    def _ours(self, events: Iterable[str]) -> ColumnElement[bool]:
        ours = (CLAIMS.c.bot == self._bot) & (CLAIMS.c.holder == self._holder) & ~CLAIMS.c.done
        return ours & CLAIMS.c.event.in_([*events])

    async def _run(self, statement: Executable) -> None:
        async def work(connection: AsyncConnection) -> None:
            await connection.execute(statement)

        await self._database.run(work)
