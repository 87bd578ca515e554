"""Small things by kind and name, for one bot: written in one step, read in the order of their names."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from botpod.storage.tables import KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Insert
    from sqlalchemy.ext.asyncio import AsyncConnection

    from botpod.storage.database import Database

_DROP = delete(KEPT).where(
    KEPT.c.bot == bindparam("of_bot"),
    KEPT.c.kind == bindparam("of_kind"),
    KEPT.c.name == bindparam("of_name"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One thing: up to 32 characters of ``kind``, 64 of ``name``."""

    kind: str
    name: str
    value: str = ""


class KeptThings:
    """For one bot, ``namespace/name``; every method raises :class:`botpod.errors.Transient`."""

    def __init__(self, database: Database, *, bot: str, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._bot = bot
        self._clock = clock

    async def change(self, *, keep: Sequence[Kept] = (), drop: Sequence[Kept] = ()) -> None:
        """Keep and drop all of it, or nothing; what was there under a name is replaced."""
        rows = [self._row(one) | {"value": one.value, "kept_at": int(self._clock())} for one in keep]
        gone = [{f"of_{column}": value for column, value in self._row(one).items()} for one in drop]

        async def work(connection: AsyncConnection) -> None:
            if gone:
                await connection.execute(_DROP, gone)
            if rows:
                await connection.execute(upsert(connection), rows)

        await self._database.run(work, alone=not rows or not gone)

    def _row(self, one: Kept) -> dict[str, object]:
        return {"bot": self._bot, "kind": one.kind, "name": one.name}

    async def all(self, kind: str) -> tuple[Kept, ...]:
        """Return everything of a kind, by name."""
        query = select(KEPT.c.name, KEPT.c.value).where(self._those(kind)).order_by(KEPT.c.name)

        async def work(connection: AsyncConnection) -> tuple[Kept, ...]:
            found = await connection.execute(query)
            return tuple(Kept(kind=kind, name=row.name, value=row.value) for row in found)

        return await self._database.run(work, alone=True)

    async def forget(self, kind: str, *, older_than: float) -> None:
        """Drop everything of a kind that was kept so many seconds ago."""
        old = delete(KEPT).where(self._those(kind), KEPT.c.kept_at < int(self._clock() - older_than))

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(old)

        await self._database.run(work, alone=True)

    def _those(self, kind: str) -> ColumnElement[bool]:
        return (KEPT.c.bot == self._bot) & (KEPT.c.kind == kind)


def _upsert(insert: Any) -> Insert:
    statement = insert(KEPT)
    changed = {"value": statement.excluded.value, "kept_at": statement.excluded.kept_at}
    made: Insert = statement.on_conflict_do_update(index_elements=list(KEPT.primary_key), set_=changed)
    return made


_UPSERTS = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}


def upsert(connection: AsyncConnection) -> Insert:
    """Return the statement that keeps rows of ``KEPT``; what was there under a name is replaced."""
    return _UPSERTS[connection.dialect.name]
