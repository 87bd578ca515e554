"""Takes out of what was said what somebody deletes or edits on Discord, soon after they did.

Whoever reports a change is never kept waiting: changes wait here, in their order, until the database takes
them. Those of one moment are done in one transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from botpod.errors import Transient
from botpod.storage.kept import upsert
from botpod.storage.tables import ANSWER, KEPT, TURNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from botpod.storage.conversations import SqlConversations
    from botpod.storage.database import Database

_log = logging.getLogger(__name__)

MAX_WAITING = 10_000
"""Changes that wait while the database is away; the oldest are lost first, and 90 days end them all."""
_AT_ONCE = 100
_AGAIN = 5.0


@dataclass(frozen=True, slots=True)
class Deleted:
    """Messages were taken away, a person's or the bot's own."""

    channel: int
    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """A person's message says something else now; None: nothing to the bot."""

    channel: int
    message: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The bot's own ``message`` answers ``event``."""

    channel: int
    event: int
    message: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A channel or thread was taken away, and all that was said there."""

    channel: int


@dataclass(frozen=True, slots=True)
class Gone:
    """Messages of several channels were taken away; no two channels have a message of one id."""

    channels: tuple[int, ...]
    messages: tuple[int, ...]


type Change = Deleted | Edited | Answered | Closed


def merged(group: Sequence[Change]) -> Iterator[Gone | Edited | Answered | Closed]:
    """Yield the changes in their order, those in a row that take messages away as one."""
    for kind, run in groupby(group, key=type):
        if kind is Deleted:
            gone = [one for one in run if isinstance(one, Deleted)]
            yield Gone(
                tuple({one.channel: None for one in gone}),
                tuple(message for one in gone for message in one.messages),
            )
        else:
            yield from (one for one in run if not isinstance(one, Deleted))


class Amendments:
    """For one bot, ``namespace/name``; implements :class:`botpod.gateway.events.History`.

    ``now`` is in seconds since 1970.
    """

    def __init__(
        self, database: Database, *, bot: str, conversations: SqlConversations, now: Callable[[], float]
    ) -> None:
        self._database = database
        self._bot = bot
        self._conversations = conversations
        self._now = now
        self._waiting: deque[Change] = deque()
        self._more = asyncio.Event()

    def deleted(self, channel: int, messages: Sequence[int]) -> None:
        """Forget what these messages said; returns at once."""
        for message in messages:
            self._conversations.withdraw(message)
        self._add(Deleted(channel, tuple(messages)))

    def closed(self, channel: int) -> None:
        """Forget all of a channel or thread; returns at once."""
        self._add(Closed(channel))

    def edited(self, channel: int, message: int, text: str | None) -> None:
        """Remember what a person's message says now, in place of before; returns at once."""
        self._conversations.withdraw(message, instead=text)
        self._add(Edited(channel, message, text))

    def answered(self, channel: int, event: int, message: int) -> None:
        """Note which of the bot's messages answers an event; returns at once."""
        self._conversations.answered(event, message)
        self._add(Answered(channel, event, message))

    def _add(self, change: Change) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
        self._waiting.append(change)
        self._more.set()

    async def run(self) -> None:
        """Do what waits, until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
                try:
                    alone = len(group) == 1 and isinstance(group[0], Answered)
                    await self._database.run(partial(self._apply, group), alone=alone)
                except Transient as error:
                    _log.warning("What was deleted on Discord can't be forgotten yet: %s", error)
                    self._waiting.extendleft(reversed(group))
                    await asyncio.sleep(_AGAIN)

    async def _apply(self, group: Sequence[Change], connection: AsyncConnection) -> None:
        for change in merged(group):
            match change:
                case Gone():
                    await self._delete(connection, change)
                case Edited(channel=channel, message=message, text=None):
                    await connection.execute(delete(TURNS).where(self._said((channel,), (message,), "user")))
                case Edited():
                    await self._edit(connection, change)
                case Answered():
                    await self._note(connection, change)
                case Closed(channel=channel):
                    gone = (TURNS.c.bot == self._bot) & (TURNS.c.channel_id == channel)
                    await connection.execute(delete(TURNS).where(gone))

    async def _delete(self, connection: AsyncConnection, change: Gone) -> None:
        await connection.execute(delete(TURNS).where(self._said(change.channels, change.messages, "user")))
        answers = self._answers(change.messages)
        events = (await connection.execute(select(KEPT.c.value).where(answers))).scalars().all()
        if events:
            gone = self._said(change.channels, tuple(map(int, events)), "assistant")
            await connection.execute(delete(TURNS).where(gone))
            await connection.execute(delete(KEPT).where(answers))

    async def _edit(self, connection: AsyncConnection, change: Edited) -> None:
        said = self._said((change.channel,), (change.message,), "user")
        await connection.execute(delete(TURNS).where(said, TURNS.c.position > 0))
        await connection.execute(update(TURNS).where(said).values(content=change.text))

    async def _note(self, connection: AsyncConnection, change: Answered) -> None:
        row = {
            "bot": self._bot,
            "kind": ANSWER,
            "name": str(change.message),
            "value": str(change.event),
            "kept_at": int(self._now()),
        }
        await connection.execute(upsert(connection), [row])

    def _said(self, channels: Sequence[int], events: Sequence[int], role: str) -> ColumnElement[bool]:
        return (
            (TURNS.c.bot == self._bot)
            & TURNS.c.channel_id.in_(channels)
            & TURNS.c.event_id.in_(events)
            & (TURNS.c.role == role)
        )

    def _answers(self, messages: Sequence[int]) -> ColumnElement[bool]:
        return (
            (KEPT.c.bot == self._bot)
            & (KEPT.c.kind == ANSWER)
            & KEPT.c.name.in_([str(one) for one in messages])
        )
