"""Finds out by REST what somebody may do: whoever resumed a session was told nothing of its guilds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from botpod.gateway.remembered import Remembered
from botpod.permissions.rules import Member, in_channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.events import Author, Place
    from botpod.gateway.rest import Rest
    from botpod.permissions.rules import Channel, Guild

REMEMBER_SECONDS = 60.0
"""So late at most a change of a role's or a channel's permissions is noticed.

Whom a role is given to or taken from comes with each message, and counts at once.
"""
MOST = 256
"""Guilds, and channels, that are remembered: of a guild with 250 roles that is about 30 KiB."""


class PermissionsByRest:
    """A :class:`botpod.dispatch.port.Permissions`.

    ``clock`` is monotonic, ``now`` since 1970, both in seconds.
    """

    def __init__(self, rest: Rest, *, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self._rest = rest
        self._now = now
        self._guilds: Remembered[Guild] = Remembered(
            rest.guild, seconds=REMEMBER_SECONDS, bound=MOST, clock=clock
        )
        self._channels: Remembered[Channel] = Remembered(
            rest.channel, seconds=REMEMBER_SECONDS, bound=MOST, clock=clock
        )

    async def __call__(self, author: Author, place: Place) -> int:
        """See :class:`botpod.dispatch.port.Permissions`."""
        if place.guild_id is None:
            return 0
        guild, channel, member = await asyncio.gather(
            self._guilds.get(place.guild_id),
            self._channel(place.channel_id),
            self._member(author, place.guild_id),
        )
        return in_channel(guild, channel, member)

    async def _channel(self, channel_id: int) -> Channel:
        channel = await self._channels.get(channel_id)
        return channel if channel.parent is None else await self._channels.get(channel.parent)

    async def _member(self, author: Author, guild_id: int) -> Member:
        if not author.roles_known:
            return await self._rest.member(guild_id, author.id, now=self._now())
        in_timeout = (author.timeout_until or 0.0) > self._now()
        return Member(id=author.id, roles=author.roles, in_timeout=in_timeout)

    def close(self) -> None:
        """Ask no more."""
        self._guilds.close()
        self._channels.close()
