"""Tells people whose requests found no room: each hears of it, and the notices are no flood of their own."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from botpod.dispatch.guarded import GuardedPort
from botpod.errors import BotpodError, Transient
from botpod.events import MessageEvent
from botpod.guards import notices
from botpod.inbox.port import Claim

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from botpod.dispatch.port import EventPort
    from botpod.events import Event
    from botpod.inbox.port import Entry, Ledger

log = logging.getLogger(__name__)

GATHER_SECONDS = 1.0
"""How long a channel's are gathered for one notice."""
EVERY_SECONDS = 5.0
"""The least between two notices in a channel: they are part of what Discord lets the bot say there."""
MOST_NAMED = 60
"""People that one notice names: 22 characters each of 2,000."""
MOST_GATHERED = 2_000
"""Messages that are kept until their notice; of more only the authors are."""
MOST_TRIES = 3
"""How often a notice is tried that Discord doesn't take just then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """One request without room, with the way back and where it is kept."""

    event: Event
    open: Callable[[], EventPort]
    entry: Entry | None


@dataclass(slots=True)
class Gathered:
    """Whom a channel's notices are to name, in the order of their first message.

    Each notice is sent by way of a message, so for all ``others`` there is somebody with one.
    """

    people: dict[int, list[Turned]] = field(default_factory=dict)
    others: dict[int, None] = field(default_factory=dict)
    """People whose messages are settled already: in a flood there is no room to keep them all."""

    def __len__(self) -> int:
        return sum(map(len, self.people.values()))

    def add(self, turned: Turned, *, full: bool) -> bool:
        """Have whoever wrote it named; return whether it is to be settled only then."""
        person = turned.event.author.id
        if full and (person in self.people or person in self.others):
            return False
        if full and len(self.people) >= _notices(len(self.others) + 1):
            self.others[person] = None
            return False
        self.others.pop(person, None)
        self.people.setdefault(person, []).append(turned)
        return True

    def next(self) -> tuple[list[int], list[Turned]]:
        """Take whom the next notice names, and all of their messages."""
        named: list[int] = []
        group: list[Turned] = []
        left = _notices(len(self.others))
        while self.people and (not named or (len(named) < MOST_NAMED and len(self.people) > left)):
            named.append(next(iter(self.people)))
            group += self.people.pop(named[-1])
        while self.others and len(named) < MOST_NAMED:
            named.append(self.others.popitem()[0])
        return named, group


def _notices(others: int) -> int:
    """Return how many notices it takes to name so many, one more in each by its message."""
    return -(-others // (MOST_NAMED - 1))


class TurnedAway:
    """One per process. A command's user is told at once and alone; a channel's people by one notice for all.

    What was told of is settled: after a kill in between the next owner finds it and tells, or answers.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._channels: dict[int, Gathered] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, turned: Turned) -> None:
        """Have whoever asked told; returns at once."""
        if not isinstance(turned.event, MessageEvent):
            self._begin(self._tell([turned], notices.BUSY))
            return
        channel = turned.event.place.channel_id
        if channel not in self._channels:
            self._channels[channel] = Gathered()
            self._begin(self._see_to(channel))
        full = sum(map(len, self._channels.values())) >= MOST_GATHERED
        if not self._channels[channel].add(turned, full=full):
            self._begin(self._ledger.settle(str(turned.event.id), turned.entry))

    async def stop(self) -> None:
        """Tell nobody any more; what was not told of is left to the next owner."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        for gathered in self._channels.values():
            for turned in chain.from_iterable(gathered.people.values()):
                await self._ledger.let_go(str(turned.event.id))
        self._channels.clear()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _see_to(self, channel: int) -> None:
        gathered = self._channels[channel]
        await asyncio.sleep(GATHER_SECONDS)
        while gathered.people:
            people, group = gathered.next()
            log.warning(
                "Requests found no room.",
                extra={"channel": channel, "requests": len(group), "people": len(people)},
            )
            await self._tell(group, notices.crowded(people))
            await asyncio.sleep(EVERY_SECONDS)
        del self._channels[channel]

    async def _tell(self, group: list[Turned], text: str) -> None:
        """Say it once, by the way back of the first that is ours to answer."""
        try:
            ours = []
            for turned in group:
                event = str(turned.event.id)
                claim = (turned.entry and turned.entry.claim) or await self._ledger.claim(event)
                if claim not in {Claim.ELSEWHERE, Claim.DONE}:
                    ours.append(turned)
            if ours:
                await self._say(ours[0], text)
            for turned in ours:
                await self._ledger.settle(str(turned.event.id), turned.entry)
        except asyncio.CancelledError:
            for turned in group:
                await self._ledger.let_go(str(turned.event.id))
            raise

    async def _say(self, turned: Turned, text: str) -> None:
        """Send it, later where Discord can't take it now; where it refuses, nothing can be said there."""
        port = GuardedPort(turned.open(), event=str(turned.event.id), ledger=self._ledger)
        try:
            for tries in range(1, MOST_TRIES + 1):
                try:
                    await port.notice(text)
                except Transient as error:
                    log.warning("A notice could not be sent: %s", error)
                    if tries < MOST_TRIES:
                        await asyncio.sleep(EVERY_SECONDS * 2**tries * random.uniform(1, 1.2))  # noqa: S311 - jitter
                else:
                    return
        except BotpodError as error:
            log.warning("A notice could not be sent: %s", error)
        finally:
            await port.close()
