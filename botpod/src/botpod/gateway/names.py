"""What the servers' channels and roles are called, as far as the gateway has said so; bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_GUILDS = 256
"""Guilds whose names are kept: of one with 250 roles and 500 channels that is about 100 KiB."""
MOST_OWN = 50_000
"""Guilds whose role of the bot's own is kept: a few million bytes."""


@dataclass(slots=True)
class _Guild:
    channels: dict[int, str]
    roles: dict[int, str]


@dataclass(slots=True)
class Names:
    """Fed by GUILD_CREATE; whoever resumed a session has heard of fewer guilds, or of none."""

    self_id: int
    _guilds: dict[int, _Guild] = field(default_factory=dict)
    _own: dict[int, int] = field(default_factory=dict)

    def guild(self, data: Mapping[str, Any]) -> None:
        """Know a guild; the one that was told of longest ago is forgotten for it."""
        if data.get("unavailable") or "roles" not in data:
            return
        number = int(data["id"])
        places = [*(data.get("channels") or ()), *(data.get("threads") or ())]
        self._guilds.pop(number, None)
        self._guilds[number] = _Guild(_named(places), _named(data["roles"]))
        if len(self._guilds) > MOST_GUILDS:
            del self._guilds[next(iter(self._guilds))]
        self._own.pop(number, None)
        own = (one["id"] for one in data["roles"] if self._is_own(one.get("tags") or {}))
        if (role := next(own, None)) is not None:
            self._own[number] = int(role)
            if len(self._own) > MOST_OWN:
                del self._own[next(iter(self._own))]

    def _is_own(self, tags: Mapping[str, Any]) -> bool:
        return int(tags.get("bot_id") or 0) == self.self_id

    def own_role(self, guild: int | None) -> int | None:
        """Return the role that Discord made for the bot there."""
        return None if guild is None else self._own.get(guild)

    def channels(self, guild: int | None) -> Mapping[int, str]:
        """Return a guild's channels and threads by their ids."""
        known = None if guild is None else self._guilds.get(guild)
        return known.channels if known else {}

    def roles(self, guild: int | None) -> Mapping[int, str]:
        """Return a guild's roles by their ids."""
        known = None if guild is None else self._guilds.get(guild)
        return known.roles if known else {}


def _named(things: list[Mapping[str, Any]]) -> dict[int, str]:
    return {int(one["id"]): str(one.get("name") or "") for one in things}
