"""What Redis is to be told of has a bound: of a long absence the last is told, the first is left out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botpod.errors import Transient
from botpod.inbox import telling
from botpod.inbox.telling import Telling
from botpod.state.reach import AWAY_SECONDS, Reach

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest


class Redis:
    """Away until the test says otherwise; remembers what it was told."""

    def __init__(self) -> None:
        self.away = True
        self.told: list[str] = []

    async def settle(self, handled: Mapping[str, Any]) -> None:
        await self.write()
        self.told += handled

    async def write(self) -> None:
        if self.away:
            raise Transient("Redis is away")


async def test_of_what_was_handled_while_redis_was_away_the_oldest_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling, "MOST_UNTOLD", 3)
    monkeypatch.setattr(telling, "SOON_SECONDS", 60.0)
    now = time.monotonic()
    redis = Redis()
    reach = Reach(clock=lambda: now, report=lambda _: None, probe=redis.write)
    tell = Telling(redis, reach=reach, clock=lambda: now)  # type: ignore[arg-type] # as much as it needs
    for event in "12345":
        tell.soon(event, None)
    await tell.now()
    assert redis.told == []

    redis.away, now = False, now + AWAY_SECONDS
    await tell.now()
    assert redis.told == ["3", "4", "5"]
    assert tell.some == {}
