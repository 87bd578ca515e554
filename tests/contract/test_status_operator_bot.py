"""What the bot writes into ``/status`` of what it depends on is what the operator reads there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.budget import pace
from botpod.gateway.rest import GatewayInfo
from botpod.status import SessionStarts, Status
from botpod_operator.usage.health import PodHealth, Starts, health
from botpod_operator.usage.report import report_in

NOW = 1_800_000_000.0


def _read(status: Status) -> PodHealth:
    read = report_in(json.loads(json.dumps(status.snapshot()))).health
    assert read is not None
    return read


def test_a_bot_that_has_just_started_tells_of_no_trouble() -> None:
    assert _read(Status()) == PodHealth()


@pytest.mark.parametrize("problem", [None, "Redis does not answer: TimeoutError: "])
def test_whether_redis_works_is_read(problem: str | None) -> None:
    status = Status()
    status.dependency("redis", problem)
    status.dependency("sql", "it is away")
    assert _read(status) == PodHealth(redis=problem is None)


def test_advice_about_redis_is_read_and_nothing_else_is_taken_for_it() -> None:
    status = Status()
    status.note("commands", "a sentence")
    assert not _read(status).forgetful
    status.note("redis", "Redis may lose what it holds; set appendonly yes there.")
    assert _read(status).forgetful
    status.note("redis", None)
    assert not _read(status).forgetful


@given(
    total=st.sampled_from([1, 10, 49, 50, 1000, 2000]) | st.integers(1, 5000),
    part=st.sampled_from([0.0, 0.02, 0.0201, 0.2, 0.201, 1.0]) | st.floats(0, 1),
)
def test_both_draw_the_same_lines_in_the_day_of_session_starts(total: int, part: float) -> None:
    remaining = int(total * part)
    decided = pace(
        GatewayInfo(url="", shards=1, total=total, remaining=remaining, reset_after=60.0, max_concurrency=1)
    )
    status = Status(session_starts=SessionStarts(remaining=remaining, total=total, until=NOW + 60.0))
    read = _read(status)
    assert read.starts == Starts(remaining=remaining, total=total, until=NOW + 60.0)
    found = health([read], now=NOW)
    assert found is not None
    expected = {0.0: None, None: "SessionStartsSpent"}.get(decided.interval, "SessionStartsScarce")
    assert found.trouble == expected
