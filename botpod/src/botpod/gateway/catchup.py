"""Asks, after a session was lost, for what people wrote until the next one began."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botpod.errors import BotpodError, CredentialRefused, Transient
from botpod.gateway.missed import channels_with_news
from botpod.gateway.policy import delay_before_retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from botpod.gateway.events import WantedEvent
    from botpod.gateway.gate import Gate
    from botpod.gateway.observer import Observer
    from botpod.inbox.port import Entry

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Channels that are asked at the same time; the others of Discord's 50 calls a second are for answers."""
MOST_CHANNELS = 500
MOST_MESSAGES = 100
"""Of each channel: one page of Discord's, those that came first."""
GUILDS_SECONDS = 30.0
"""How long a new session's guilds are waited for; those of an outage of Discord's come whenever they come."""
TRIES = 5


class Missed(Protocol):
    """What Discord remembers."""

    async def messages(self, channel: int, *, after: int, guild: int | None) -> Sequence[WantedEvent]:
        """Return what was written after that id and is for a skill, the oldest first."""
        ...

    async def direct(self) -> Sequence[int]:
        """Return the direct channels in which somebody wrote lately."""
        ...

    def wrote(self, channel: int) -> None:
        """Remember that somebody wrote in this direct channel; returns at once."""
        ...


type Keep = Callable[[Sequence[WantedEvent]], Awaitable[Sequence[tuple[WantedEvent, Entry | None]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What a new session lacks: messages after the id ``since``, in these guilds, and in direct channels."""

    since: int
    guilds: frozenset[int]
    direct: bool


class CatchUp:
    """One session's; ``keep`` writes into the shard's inbox. :meth:`run` ends when all is handed on."""

    def __init__(
        self,
        lack: Lack,
        *,
        missed: Missed,
        gate: Gate,
        keep: Keep,
        random: Callable[[], float],
        observer: Observer,
    ) -> None:
        self._lack = lack
        self._missed = missed
        self._gate = gate
        self._keep = keep
        self._random = random
        self._observer = observer
        self._expected = set(lack.guilds)
        self._all_came = asyncio.Event()
        self._channels: asyncio.Queue[tuple[int, int | None]] = asyncio.Queue(MOST_CHANNELS)
        self._closed = False
        self._asked = self._found = self._left_out = 0

    def guild(self, data: Mapping[str, Any]) -> None:
        """Read a GUILD_CREATE; returns at once."""
        for channel in channels_with_news(data, since=self._lack.since):
            self._add(channel, int(data["id"]))
        self._expected.discard(int(data["id"]))
        if not self._expected:
            self._all_came.set()

    def _add(self, channel: int, guild: int | None) -> None:
        if self._closed or self._asked >= MOST_CHANNELS:
            self._left_out += 1
            return
        self._asked += 1
        self._gate.hold(channel)
        self._channels.put_nowait((channel, guild))

    async def run(self) -> None:
        """Ask, keep and hand on, each channel in order; what can't be had is left out.

        Raises:
            LeaseLost: another pod owns the shard.
        """
        if not self._expected:
            self._all_came.set()
        workers = [asyncio.create_task(self._work()) for _ in range(AT_ONCE)]
        try:
            if self._lack.direct:
                for channel in await self._missed.direct():
                    self._add(channel, None)
            try:
                async with asyncio.timeout(GUILDS_SECONDS):
                    await self._all_came.wait()
            except TimeoutError:
                missing = {"guilds": len(self._expected)}
                log.warning("Guilds are unavailable; they aren't caught up.", extra=missing)
            self._closed = True
            self._channels.shutdown()
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            self._gate.release_all()
        log.info(
            "Messages that were missed are caught up.",
            extra={"channels": self._asked, "messages": self._found, "channelsLeftOut": self._left_out},
        )

    async def _work(self) -> None:
        while True:
            try:
                channel, guild = await self._channels.get()
            except asyncio.QueueShutDown:
                return
            found = await self._messages(channel, guild)
            fresh = [one for one in found if not self._gate.holds(channel, one.routed.event.id)]
            self._found += len(fresh)
            self._observer.caught_up(len(fresh))
            self._gate.release(channel, await self._keep(fresh) if fresh else ())

    async def _messages(self, channel: int, guild: int | None) -> Sequence[WantedEvent]:
        for failures in range(1, TRIES + 1):
            try:
                return await self._missed.messages(channel, after=self._lack.since, guild=guild)
            except (Transient, CredentialRefused) as error:
                problem: BotpodError = error
                await asyncio.sleep(delay_before_retry(failures, random=self._random()))
            except BotpodError as error:
                # A channel that the bot may not read: nobody expects an answer there.
                log.debug("A channel can't be caught up: %s", error)
                return ()
        log.warning("A channel isn't caught up: %s", problem, extra={"channel": channel})
        return ()
