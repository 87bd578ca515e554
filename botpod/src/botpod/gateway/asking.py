"""Asks Discord for messages that no session brought."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from botpod.gateway.catchup import MOST_MESSAGES
from botpod.state.port import MOST_DIRECT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from botpod.gateway.events import EventReader, WantedEvent
    from botpod.gateway.rest import Rest
    from botpod.state.port import DirectChannels

AGAIN_SECONDS = 600.0
"""How often it is remembered of a direct channel that somebody wrote there."""
REMEMBER_SECONDS = 2.0


class MissedByRest:
    """A :class:`botpod.gateway.catchup.Missed`; ``clock`` is monotonic, in seconds."""

    def __init__(
        self, rest: Rest, *, reader: EventReader, channels: DirectChannels, clock: Callable[[], float]
    ) -> None:
        self._rest = rest
        self._reader = reader
        self._channels = channels
        self._clock = clock
        self._remembered: dict[int, float] = {}
        self._remembering: set[asyncio.Task[None]] = set()

    async def messages(self, channel: int, *, after: int, guild: int | None) -> Sequence[WantedEvent]:
        """See :class:`botpod.gateway.catchup.Missed`."""
        found = await self._rest.messages(channel, after=after, limit=MOST_MESSAGES)
        # What REST returns lacks what the gateway adds.
        place = {} if guild is None else {"guild_id": str(guild)}
        read = (self._reader.read("MESSAGE_CREATE", {**message, **place}) for message in found)
        return [wanted for wanted in read if wanted is not None]

    async def direct(self) -> Sequence[int]:
        """See :class:`botpod.gateway.catchup.Missed`."""
        return await self._channels.written()

    def wrote(self, channel: int) -> None:
        """Remember that somebody wrote in this direct channel; returns at once."""
        now = self._clock()
        if now < self._remembered.get(channel, float("-inf")) + AGAIN_SECONDS:
            return
        self._remembered.pop(channel, None)
        self._remembered[channel] = now
        if len(self._remembered) > MOST_DIRECT:
            self._remembered.pop(next(iter(self._remembered)))
        task = asyncio.create_task(self._channels.wrote(channel))
        self._remembering.add(task)
        task.add_done_callback(self._remembering.discard)

    async def close(self) -> None:
        """Wait a moment for what is still being remembered."""
        if self._remembering:
            await asyncio.wait(self._remembering, timeout=REMEMBER_SECONDS)
