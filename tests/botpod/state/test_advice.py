"""Advice about Redis's settings is there while they are wrong, and only then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import virtual_time

from botpod.errors import Transient
from botpod.state.advice import EVERY_SECONDS, advise
from botpod.state.local import LocalState
from botpod.state.reach import Reach
from botpod.state.shared import SharedState
from botpod.status import Status

if TYPE_CHECKING:
    import pytest

    from botpod.state.redis import RedisState

ADVICE = "set appendonly yes there."


class _Store:
    """A Redis whose settings the test knows."""

    said: str | None = None

    async def advice(self) -> str | None:
        return self.said

    async def weaknesses(self) -> str | None:
        return self.said


def test_it_follows_the_settings_while_the_bot_runs(caplog: pytest.LogCaptureFixture) -> None:
    store, status, seen = _Store(), Status(), []

    async def watch() -> None:
        advising = asyncio.create_task(advise(store, status))
        await asyncio.sleep(1)
        for said, problem in [(None, None), (ADVICE, None), (ADVICE, None), (None, "away"), (None, None)]:
            store.said = said
            status.dependency("redis", problem)
            await asyncio.sleep(EVERY_SECONDS)
            seen.append(status.notes.get("redis"))
        advising.cancel()

    virtual_time.run(watch())
    # One that is away doesn't take back what it said.
    assert seen == [None, ADVICE, ADVICE, ADVICE, None]
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [ADVICE]


async def test_that_nothing_is_to_be_advised_doesnt_mean_that_redis_is_back() -> None:
    reported: list[str | None] = []
    now = 0.0

    async def there() -> None: ...

    reach = Reach(clock=lambda: now, report=reported.append, probe=there)
    store = cast("RedisState", _Store())
    state = SharedState(store, LocalState(pod="a", clock=lambda: 0.0), lease_seconds=1.5, reach=reach)

    async def fail() -> None:
        raise Transient("away")

    await reach.ask(fail)
    now = 60.0  # it would be asked again by now
    assert await state.advice() is None
    assert reported == ["away"]
