from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from botpod.errors import Transient
from botpod.gateway.access import channel, guild, member
from botpod.gateway.errors import understood
from botpod.permissions.rules import Channel, Guild, Member, Overwrite

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 2e9
UNTIL = "2033-05-18T03:33:20+00:00"  # the same moment


def test_a_guild() -> None:
    roles = [{"id": "5", "permissions": "1024"}, {"id": "6", "permissions": "8"}]

    assert guild({"id": "5", "owner_id": "7", "roles": roles}) == Guild(id=5, owner=7, roles={5: 1024, 6: 8})


def test_a_channel_belongs_to_a_category_that_decides_nothing() -> None:
    overwrites = [
        {"id": "5", "type": 0, "allow": "0", "deny": "1024"},
        {"id": "9", "type": 1, "allow": "8192", "deny": "0"},
    ]

    read = channel({"id": "3", "type": 0, "parent_id": "2", "permission_overwrites": overwrites})

    assert read == Channel(roles={5: Overwrite(deny=1024)}, members={9: Overwrite(allow=8192)})


@pytest.mark.parametrize("kind", [10, 11, 12])
def test_a_thread_belongs_to_a_channel(kind: int) -> None:
    assert channel({"id": "3", "type": kind, "parent_id": "2"}) == Channel(parent=2)


@pytest.mark.parametrize("until", [UNTIL, None])
def test_a_member(until: str | None) -> None:
    data: dict[str, Any] = {"user": {"id": "9"}, "roles": ["5", "6"], "communication_disabled_until": until}

    assert member(data, now=NOW) == Member(id=9, roles=frozenset({5, 6}))
    assert member(data, now=NOW - 1).in_timeout == (until is not None)


@pytest.mark.parametrize(
    "data", [{}, [], None, {"id": "5"}, {"type": 11, "parent_id": None}, {"type": 0}, "error"]
)
@pytest.mark.parametrize("read", [guild, channel])
def test_what_is_no_discord_is_told_apart(read: Callable[[Any], object], data: Any) -> None:
    with pytest.raises(Transient, match="not Discord"), understood():
        read(data)
