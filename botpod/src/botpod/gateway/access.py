"""From what Discord's REST interface returns to what decides who may do what. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod.gateway.parse import timeout_until
from botpod.permissions.rules import Channel, Guild, Member, Overwrite

if TYPE_CHECKING:
    from collections.abc import Mapping

_THREADS = frozenset({10, 11, 12})
_ROLE, _MEMBER = 0, 1


def guild(data: Mapping[str, Any]) -> Guild:
    """Read a guild."""
    return Guild(
        id=int(data["id"]),
        owner=int(data["owner_id"]),
        roles={int(role["id"]): int(role["permissions"]) for role in data["roles"]},
    )


def channel(data: Mapping[str, Any]) -> Channel:
    """Read a channel or a thread."""
    if data["type"] in _THREADS:
        return Channel(parent=int(data["parent_id"]))
    return Channel(roles=_overwrites(data, _ROLE), members=_overwrites(data, _MEMBER))


def _overwrites(data: Mapping[str, Any], kind: int) -> Mapping[int, Overwrite]:
    return {
        int(one["id"]): Overwrite(allow=int(one["allow"]), deny=int(one["deny"]))
        for one in data["permission_overwrites"]
        if one["type"] == kind
    }


def member(data: Mapping[str, Any], *, now: float) -> Member:
    """Read a member; ``now`` in seconds since 1970."""
    return Member(
        id=int(data["user"]["id"]),
        roles=frozenset(map(int, data["roles"])),
        in_timeout=(timeout_until(data) or 0.0) > now,
    )
