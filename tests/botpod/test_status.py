from __future__ import annotations

import json

from botpod.status import DEAF_SECONDS, ShardState, Status


def make() -> tuple[Status, list[float]]:
    now = [100.0]
    return Status(clock=lambda: now[0], bot="default/hello"), now


def test_ready_is_started_and_every_owned_shard_was_connected() -> None:
    status, now = make()
    assert status.why_not_ready() == "It is starting."
    status.shard(0, ShardState.WAITING)
    status.started = True
    assert status.why_not_ready() == "Shard 0 is not connected yet."
    status.shard(0, ShardState.CONNECTED)
    assert status.why_not_ready() is None
    # All pods would share that fate: nobody is helped by taking them out of service.
    status.shard(0, ShardState.RECONNECTING, "Discord is away.")
    status.dependency("redis", "Redis is away.")
    now[0] += DEAF_SECONDS
    assert status.why_not_ready() is None
    now[0] += 1
    assert status.why_not_ready() == "Shard 0 has heard nothing for over 60 s: Discord is away."
    status.shard(0, ShardState.BLOCKED, "Discord refused the token.")
    assert status.why_not_ready() == "Shard 0 is refused: Discord refused the token."
    status.shard(0, ShardState.CONNECTED)
    status.draining = True
    assert status.why_not_ready() == "It is stopping."


def test_a_pod_without_a_shard_stands_by_and_is_ready() -> None:
    status, _ = make()
    assert not status.standby
    status.started = True
    assert status.standby
    assert status.why_not_ready() is None
    status.shard(3, ShardState.CONNECTED)
    assert not status.standby
    status.release(3)
    assert status.standby


def test_times_move_with_the_state_only() -> None:
    status, now = make()
    status.shard(0, ShardState.WAITING)
    now[0] = 105
    status.shard(0, ShardState.WAITING, "its turn has not come")
    assert status.shards[0].since == 100
    status.shard(0, ShardState.CONNECTED)
    assert status.shards[0].since == 105


def test_only_news_about_a_dependency_is_news() -> None:
    status, now = make()
    assert not status.dependency("redis")
    assert not status.dependency("redis")
    now[0] = 110
    assert status.dependency("redis", "away")
    assert not status.dependency("redis", "away")
    assert status.dependency("redis")
    assert status.dependencies["redis"].since == 110
    assert status.dependency("sql", "away from the start")


def test_everything_can_be_shown() -> None:
    status, now = make()
    status.shard(1, ShardState.CONNECTED)
    status.shard(0, ShardState.WAITING, "soon")
    status.dependency("redis", "away")
    status.note("commands", "Could not be updated.")
    status.note("gone", "x")
    status.note("gone", None)
    status.details["models"] = lambda: {"main": {"used": False}}
    now[0] = 130

    shown = json.loads(json.dumps(status.snapshot()))

    assert shown["bot"] == "default/hello"
    assert (shown["ready"], shown["reason"]) == (False, "It is starting.")
    assert shown["uptimeSeconds"] == 30
    assert list(shown["shards"]) == ["0", "1"]
    assert shown["shards"]["0"] == {"state": "waiting", "since": 100, "reason": "soon"}
    assert shown["dependencies"]["redis"] == {"ok": False, "problem": "away", "since": 100}
    assert shown["notes"] == {"commands": "Could not be updated."}
    assert shown["models"] == {"main": {"used": False}}
