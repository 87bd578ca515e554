"""What was said, kept in SQL and only so long."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import Integer, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from botpod.skills.protocol import Turn
from botpod.storage.tables import ANSWER, KEPT, TURNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, CursorResult, Delete, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from botpod.events import Place
    from botpod.storage.database import Database

_DAY = 86_400
_MAX_WITHDRAWN = 10_000
"""Changes on Discord that are remembered for answers that are on their way."""

_OF = (TURNS.c.bot == bindparam("of_bot")) & (TURNS.c.channel_id == bindparam("of_channel"))
_LATEST_FIRST = (TURNS.c.event_id.desc(), TURNS.c.position.desc())
_NEWEST = (
    select(TURNS.c.role, TURNS.c.content, TURNS.c.author)
    .where(_OF, TURNS.c.created_at > bindparam("oldest"))
    .order_by(*_LATEST_FIRST)
    .limit(bindparam("of_limit", type_=Integer))
)
_SURPLUS = delete(TURNS).where(
    _OF,
    TURNS.c.event_id
    < select(TURNS.c.event_id)
    .where(_OF)
    .order_by(*_LATEST_FIRST)
    .offset(bindparam("of_offset", type_=Integer))
    .limit(1)
    .scalar_subquery(),
)
_ADD = insert(TURNS)
_ADDS = {
    "postgresql": postgresql.insert(TURNS).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(TURNS).on_conflict_do_nothing(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept: the newest ``turns`` of a conversation, at most ``days`` old."""

    turns: int = 200
    days: int = 90


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
        self._withdrawn: dict[int, str | None] = {}
        self._events: dict[int, int] = {}

    def withdraw(self, message: int, *, instead: str | None = None) -> None:
        """Let nothing be added of a message that somebody deleted, or ``instead`` of what they had written.

        It may be gone before its answer is written, and only then are both remembered.
        """
        _remember(self._withdrawn, message, instead)

    def answered(self, event: int, message: int) -> None:
        """Know which event the bot's own ``message`` answers."""
        _remember(self._events, message, event)

    def _as_it_is_now(self, event: int, turn: Turn) -> Turn | None:
        if turn.role == "user":
            text = self._withdrawn.get(event, turn.content)
            return None if text is None else replace(turn, content=text)
        gone = any(self._events.get(message) == event for message in self._withdrawn)
        return None if gone else turn

    async def recent(self, place: Place, *, limit: int) -> tuple[Turn, ...]:
        """Return the newest ``limit`` turns, oldest first."""
        wanted = {**self._those(place), "of_limit": limit, "oldest": self._oldest()}
        rows = await self._database.run(lambda connection: _all(connection, wanted), alone=True)
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
            for position, turn in enumerate(self._as_it_is_now(event_id, one) for one in turns)
            if turn is not None
        ]
        if rows:
            await self._database.run(lambda connection: self._insert(connection, place, rows))

    async def forget(self, place: Place) -> int:
        """Delete a whole conversation and return how many turns it had."""
        gone = delete(TURNS).where(self._conversation(place))
        return await self._database.run(lambda connection: _count(connection, gone))

    async def forget_old(self) -> int:
        """Delete what is older than the retention allows, and return how many turns that were."""
        old = delete(TURNS).where(TURNS.c.bot == self._bot, TURNS.c.created_at <= self._oldest())
        answers = delete(KEPT).where(
            KEPT.c.bot == self._bot, KEPT.c.kind == ANSWER, KEPT.c.kept_at <= self._oldest()
        )

        async def work(connection: AsyncConnection) -> int:
            await _count(connection, answers)
            return await _count(connection, old)

        return await self._database.run(work)

    async def _insert(self, connection: AsyncConnection, place: Place, rows: list[dict[str, object]]) -> None:
        # The first row stands for all: a second add meets it, waiting for the first to end if need be.
        first = await connection.execute(_ADDS[connection.dialect.name], rows[0])
        if not first.rowcount:
            return
        if rows[1:]:
            await connection.execute(_ADD, rows[1:])
        await connection.execute(_SURPLUS, {**self._those(place), "of_offset": self._retention.turns - 1})

    def _those(self, place: Place) -> dict[str, Any]:
        return {"of_bot": self._bot, "of_channel": place.channel_id}

    def _conversation(self, place: Place) -> ColumnElement[bool]:
        return (TURNS.c.bot == self._bot) & (TURNS.c.channel_id == place.channel_id)

    def _oldest(self) -> int:
        return int(self._clock()) - self._retention.days * _DAY


def _remember[V](known: dict[int, V], key: int, value: V) -> None:
    known.pop(key, None)
    known[key] = value
    if len(known) > _MAX_WITHDRAWN:
        del known[next(iter(known))]


async def _all(connection: AsyncConnection, wanted: dict[str, Any]) -> Sequence[Row[Any]]:
    result: CursorResult[Any] = await connection.execute(_NEWEST, wanted)
    return result.all()


async def _count(connection: AsyncConnection, statement: Delete) -> int:
    return (await connection.execute(statement)).rowcount


def _storable(text: str) -> str:
    """Take away what no database's text holds: NULs, and halves of surrogate pairs, which models do send."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
