"""What was said, kept in SQL and only so long."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from botpod.skills.protocol import Turn
from botpod.storage.tables import TURNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, CursorResult, Delete, Row, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from botpod.events import Place
    from botpod.storage.database import Database

_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept: the newest ``turns`` of a conversation, at most ``days`` old."""

    turns: int = 200
    days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSize:
    """How much one conversation holds; ``last_at`` in seconds since the epoch."""

    channel_id: int
    guild_id: int | None
    turns: int
    last_at: int


class SqlConversations:
    """Implements :class:`botpod.skills.protocol.Conversations` for one bot, ``namespace/name``.

    Every method raises :class:`botpod.errors.Transient` while the database is away.
    """

    def __init__(
        self,
        database: Database,
        *,
        bot: str,
        retention: Retention | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._bot = bot
        self._retention = retention or Retention()
        self._clock = clock

    async def recent(self, place: Place, *, limit: int) -> tuple[Turn, ...]:
        """Return the newest ``limit`` turns, oldest first."""
        newest = (
            select(TURNS.c.role, TURNS.c.content, TURNS.c.author)
            .where(self._conversation(place), TURNS.c.created_at > self._oldest())
            .order_by(TURNS.c.event_id.desc(), TURNS.c.position.desc())
            .limit(limit)
        )
        rows = await self._database.run(lambda connection: _all(connection, newest))
        return tuple(
            Turn(role=cast("Literal['user', 'assistant']", row.role), content=row.content, author=row.author)
            for row in reversed(rows)
        )

    async def add(self, place: Place, event_id: int, turns: Sequence[Turn]) -> None:
        """Append ``turns``; adding the same event's turns again changes nothing."""
        rows: list[dict[str, object]] = [
            {
                "bot": self._bot,
                "channel_id": place.channel_id,
                "guild_id": place.guild_id,
                "event_id": event_id,
                "position": position,
                "role": turn.role,
                "author": turn.author,
                "content": _storable(turn.content),
                "created_at": int(self._clock()),
            }
            for position, turn in enumerate(turns)
        ]
        if rows:
            await self._database.run(lambda connection: self._insert(connection, place, rows))

    async def sizes(self, *, limit: int = 100) -> tuple[ConversationSize, ...]:
        """Return how much each conversation holds, the largest first."""
        count = func.count()
        counted = (
            select(
                TURNS.c.channel_id,
                func.max(TURNS.c.guild_id).label("guild_id"),
                count.label("turns"),
                func.max(TURNS.c.created_at).label("last_at"),
            )
            .where(TURNS.c.bot == self._bot)
            .group_by(TURNS.c.channel_id)
            .order_by(count.desc(), TURNS.c.channel_id)
            .limit(limit)
        )
        rows = await self._database.run(lambda connection: _all(connection, counted))
        return tuple(
            ConversationSize(
                channel_id=row.channel_id, guild_id=row.guild_id, turns=row.turns, last_at=row.last_at
            )
            for row in rows
        )

    async def forget(self, place: Place) -> int:
        """Delete a whole conversation and return how many turns it had."""
        gone = delete(TURNS).where(self._conversation(place))
        return await self._database.run(lambda connection: _count(connection, gone))

    async def forget_old(self) -> int:
        """Delete what is older than the retention allows, and return how many turns that were."""
        old = delete(TURNS).where(TURNS.c.bot == self._bot, TURNS.c.created_at <= self._oldest())
        return await self._database.run(lambda connection: _count(connection, old))

    async def _insert(self, connection: AsyncConnection, place: Place, rows: list[dict[str, object]]) -> None:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        # The first row stands for all: a second add meets it, waiting for the first to end if need be.
        first = await connection.execute(insert(TURNS).values(rows[0]).on_conflict_do_nothing())
        if not first.rowcount:
            return
        if rows[1:]:
            await connection.execute(insert(TURNS), rows[1:])
        surplus = (
            select(TURNS.c.event_id)
            .where(self._conversation(place))
            .order_by(TURNS.c.event_id.desc(), TURNS.c.position.desc())
            .offset(self._retention.turns - 1)
            .limit(1)
            .scalar_subquery()
        )
        await connection.execute(delete(TURNS).where(self._conversation(place), TURNS.c.event_id < surplus))

    def _conversation(self, place: Place) -> ColumnElement[bool]:
        return (TURNS.c.bot == self._bot) & (TURNS.c.channel_id == place.channel_id)

    def _oldest(self) -> int:
        return int(self._clock()) - self._retention.days * _DAY


async def _all(connection: AsyncConnection, query: Select[Any]) -> Sequence[Row[Any]]:
    result: CursorResult[Any] = await connection.execute(query)
    return result.all()


async def _count(connection: AsyncConnection, statement: Delete) -> int:
    return (await connection.execute(statement)).rowcount


def _storable(text: str) -> str:
    """Take away what no database's text holds: NULs, and halves of surrogate pairs, which models do send."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
