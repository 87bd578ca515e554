"""One shard's way through connections that end, with the connections played."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import pytest

from botpod.errors import Transient
from botpod.gateway import shard as module
from botpod.gateway.shard import Shard
from botpod.gateway.shardtools import ShardTools
from botpod.gateway.socket import Ended
from botpod.inbox.local import LocalInbox
from botpod.state.port import Lease
from botpod.status import ShardState, Status

if TYPE_CHECKING:
    from collections.abc import Callable

READY = {"session_id": "s", "resume_gateway_url": "wss://gateway"}
CUT = Ended(code=None, invalidated=False, detail="cut")
OVER = Ended(code=4009, invalidated=False, detail="timed out")
INTENTS = Ended(code=4014, invalidated=False, detail="intents")

type Play = Callable[[dict[str, Callable[[Any], None]]], Ended]


class Stage:
    """What a shard meets: what each connection does, and how long it paused between them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plays: list[Play] = []
        self.pauses: list[float] = []
        self.identified, self.now, self.away = 0, 0.0, False
        self.status = Status(bot="default/hello")
        self.client = SimpleNamespace(
            token="t", token_digest="d", privileged=True, shard_count=1, drop_privileged=self.drop
        )
        monkeypatch.setattr(module, "Socket", self.socket)
        monkeypatch.setattr(module.asyncio, "sleep", self.sleep)

    def drop(self) -> None:
        self.client.privileged = False

    def socket(self, _client: object, *, parsers: dict[str, Any], **_: object) -> SimpleNamespace:
        async def run(*_: object) -> Ended:
            if not self.plays:
                raise asyncio.CancelledError
            return self.plays.pop(0)(parsers)

        return SimpleNamespace(run=run)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) > 20:
            raise asyncio.CancelledError

    async def identify(self, _shard: int, *, needed: bool) -> str:  # noqa: ARG002
        self.identified += 1
        if self.away:
            raise Transient("Discord is away.")
        return "wss://gateway"

    async def still_ours(self, _shard: int, *, since: float) -> bool:  # noqa: ARG002
        return True

    async def run(self) -> Shard:
        tools = ShardTools(
            client=self.client,
            status=self.status,
            turns=self,
            token=SimpleNamespace(other_than=lambda _: asyncio.Event().wait()),
            reader=SimpleNamespace(),
            missed=SimpleNamespace(),
            inbox=LocalInbox(clock=lambda: self.now),
            still_ours=self.still_ours,
            lost=lambda _: None,
            observer=MagicMock(),
            random=lambda: 0.5,
            clock=lambda: self.now,
            now=lambda: self.now,
        )
        one = Shard(Lease(shard=0, fence=1), tools)
        with pytest.raises(asyncio.CancelledError):
            await one.run()
        return one


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


async def test_a_shard_that_was_long_connected_pauses_ever_longer_while_discord_is_away(stage: Stage) -> None:
    def long_connection(parsers: dict[str, Callable[[Any], None]]) -> Ended:
        parsers["READY"](READY)
        stage.now, stage.away = 3600.0, True
        return OVER

    stage.plays = [long_connection]
    await stage.run()
    first, *later = stage.pauses[:6]
    assert first == 0  # it had been connected: the session merely ended
    assert later == sorted(later)
    assert later[0] > 0
    assert later[-1] > 10 * later[0]


async def test_what_the_library_cannot_read_ends_a_connection_not_the_shard(stage: Stage) -> None:
    def unreadable(parsers: dict[str, Callable[[Any], None]]) -> Ended:
        parsers["READY"](READY)
        raise KeyError("resume_gateway_url")

    def fine(parsers: dict[str, Callable[[Any], None]]) -> Ended:
        parsers["RESUMED"](None)
        assert stage.status.shards[0].state is ShardState.CONNECTED
        return CUT

    stage.plays = [unreadable, fine]
    one = await stage.run()
    assert stage.plays == []
    assert stage.identified == 1  # the session was resumed
    assert one.session is not None


async def test_a_shard_whose_neighbour_gave_up_the_intent_meanwhile_goes_on_without_it(stage: Stage) -> None:
    def refused_after_another(_: object) -> Ended:
        stage.drop()
        return INTENTS

    stage.plays = [refused_after_another]
    await stage.run()
    assert stage.identified == 2
    assert stage.status.shards[0].state is not ShardState.BLOCKED
