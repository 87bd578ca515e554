"""Discord's arithmetic: what a member may do in a channel.

As https://discord.com/developers/docs/topics/permissions documents it. What follows from a permission that is
missing (who can't see a channel can't write there) is left out: whoever asks us has just written there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botpod.permissions.names import BITS, bits

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = bits(BITS)
_ADMINISTRATOR = BITS["ADMINISTRATOR"]
_IN_TIMEOUT = bits(("VIEW_CHANNEL", "READ_MESSAGE_HISTORY"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guild:
    """What of a guild decides; ``roles`` are bits by the role's id, of which @everyone has the guild's."""

    id: int
    owner: int
    roles: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A channel's exception, in bits."""

    allow: int = 0
    deny: int = 0

    def on(self, held: int) -> int:
        """Return what is left of ``held``, and what is added."""
        return held & ~self.deny | self.allow


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What of a channel decides; a thread has no ``overwrites`` but those of its ``parent``.

    ``parent`` is None where there is none, and for channels that are no threads: a category decides nothing.
    """

    parent: int | None = None
    roles: Mapping[int, Overwrite] = field(default_factory=dict)
    members: Mapping[int, Overwrite] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who asks."""

    id: int
    roles: frozenset[int] = frozenset()
    in_timeout: bool = False


def in_guild(guild: Guild, member: Member) -> int:
    """Return what a member may do before any channel's exceptions."""
    if member.id == guild.owner:
        return ALL
    held = 0
    for role in {guild.id, *member.roles}:
        # A role that is gone gives nothing.
        held |= guild.roles.get(role, 0)
    return ALL if held & _ADMINISTRATOR else held


def in_channel(guild: Guild, channel: Channel, member: Member) -> int:
    """Return what a member may do in ``channel``; for a thread that is its parent."""
    held = in_guild(guild, member)
    if held & _ADMINISTRATOR:
        return held
    nothing = Overwrite()
    held = channel.roles.get(guild.id, nothing).on(held)
    of_roles = [channel.roles[role] for role in member.roles - {guild.id} if role in channel.roles]
    allow = deny = 0
    for overwrite in of_roles:
        allow |= overwrite.allow
        deny |= overwrite.deny
    held = Overwrite(allow, deny).on(held)
    held = channel.members.get(member.id, nothing).on(held)
    # Only roles make administrators: in a channel's exceptions the bit means nothing.
    held &= ~_ADMINISTRATOR
    return held & _IN_TIMEOUT if member.in_timeout else held
