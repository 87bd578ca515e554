"""How pods stand, from what they say, whatever they say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_operator.reporting.continuity import TROUBLES, sentence
from botpod_operator.usage.health import MOST_SECONDS, WELL, Health, PodHealth, Starts, health, health_in
from botpod_operator.usage.report import Wanted, report_in, usage

NOW = 1_800_000_000.0
LATER = NOW + 3_600

NUMBERS = st.integers() | st.floats() | st.sampled_from([0, 1, 200, 1000, NOW, LATER, 10**400, True])
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
SAID = ANYTHING | st.fixed_dictionaries(
    {},
    optional={
        "dependencies": ANYTHING
        | st.fixed_dictionaries(
            {"redis": ANYTHING | st.fixed_dictionaries({"ok": st.sampled_from([False]) | ANYTHING})}
        ),
        "notes": ANYTHING | st.fixed_dictionaries({"redis": ANYTHING}),
        "sessionStarts": ANYTHING
        | st.fixed_dictionaries({"remaining": NUMBERS, "total": NUMBERS, "until": NUMBERS}),
    },
)


def _starts(remaining: int, *, total: int = 1000, until: float = LATER) -> Starts:
    return Starts(remaining=remaining, total=total, until=until)


def _pod(*, redis: bool | None = True, forgetful: bool = False, starts: Starts | None = None) -> PodHealth:
    return PodHealth(redis=redis, forgetful=forgetful, starts=starts)


@given(said=st.lists(SAID, max_size=3), interactions=st.booleans())
def test_a_pod_may_say_anything_and_no_text_of_it_is_repeated(said: list[Any], interactions: bool) -> None:  # noqa: FBT001
    read = [json.loads(json.dumps(content)) for content in said]
    pods = [report_in(content).health for content in read]
    assert all(pod is None or isinstance(pod.redis, bool | None) for pod in pods)
    found = health(pods, now=NOW)
    assert found is None or found == WELL or found.trouble in TROUBLES
    if found is not None and found.trouble is not None:
        told = sentence(found, interactions=interactions)
        assert told[-1] == "."
        assert len(told) < 400


def test_a_text_that_a_pod_made_up_is_never_told() -> None:
    secret = "redis://:hunter2@db"
    content = {
        "dependencies": {"redis": {"ok": False, "problem": secret}},
        "notes": {"redis": secret, "sessionStarts": secret},
        "sessionStarts": {"remaining": 1, "total": 1000, "until": LATER, "note": secret},
    }
    found = health([health_in(content)], now=NOW)
    assert found is not None
    assert found.trouble == "RedisUnreachable"
    assert "hunter2" not in f"{found}{sentence(found, interactions=False)}"


@pytest.mark.parametrize(
    ("pods", "trouble"),
    [
        ([_pod(), _pod()], None),
        ([_pod(redis=None)], None),
        ([_pod(), _pod(redis=False)], "RedisUnreachable"),
        ([_pod(), _pod(forgetful=True)], "RedisMayLoseState"),
        ([_pod(starts=_starts(201))], None),
        ([_pod(starts=_starts(200))], "SessionStartsScarce"),
        ([_pod(starts=_starts(900)), _pod(starts=_starts(21))], "SessionStartsScarce"),
        ([_pod(starts=_starts(20)), _pod(starts=_starts(100))], "SessionStartsSpent"),
        ([_pod(redis=False, forgetful=True, starts=_starts(0))], "RedisUnreachable"),
        ([_pod(forgetful=True, starts=_starts(100))], "SessionStartsScarce"),
        # It was so until Discord counted anew.
        ([_pod(starts=_starts(0, until=NOW))], None),
        # No day is as long as that.
        ([_pod(starts=_starts(0, until=NOW + MOST_SECONDS + 1))], None),
    ],
)
def test_the_worst_that_a_pod_tells_is_the_trouble(pods: list[PodHealth], trouble: str | None) -> None:
    found = health(pods, now=NOW)
    assert found is not None
    assert found.trouble == trouble
    assert (found == WELL) is (trouble is None)


def test_nobody_that_says_anything_is_not_well() -> None:
    assert health([], now=NOW) is None
    assert health([None], now=NOW) is None
    assert report_in("no object").health is None


@pytest.mark.parametrize(
    ("found", "interactions", "beginning"),
    [
        (Health(pods=3, cut_off=3), False, "None of the pods can use Redis. Running pods keep their shards"),
        (Health(pods=1, cut_off=1), False, "The pod can't use Redis. Running pods keep their shards"),
        (
            Health(pods=3, cut_off=1),
            False,
            "1 of 3 pods can't use Redis. The other pods take over the shards",
        ),
        (Health(pods=3, cut_off=1), True, "1 of 3 pods can't use Redis. The pods go on answering, but each"),
        (Health(pods=1, forgetful=True), False, "Redis may lose what it holds when it restarts or is full"),
        (
            Health(pods=1, starts=_starts(150)),
            False,
            "Only 150 of 1000 session starts are left until 2027-01-15 09:00 UTC. A shard that loses its",
        ),
        (
            Health(pods=1, starts=_starts(7)),
            False,
            "Only 7 of 1000 session starts are left until 2027-01-15 09:00 UTC. Until then no session begins",
        ),
    ],
)
def test_each_trouble_has_a_sentence_of_the_operators_own(
    found: Health,
    interactions: bool,  # noqa: FBT001
    beginning: str,
) -> None:
    assert sentence(found, interactions=interactions).startswith(beginning)


def test_what_a_pod_suffers_from_says_nothing_of_what_it_uses() -> None:
    report = report_in(
        {
            "credentials": {"delivery": "d"},
            "configuration": {"revision": "r"},
            "dependencies": {"redis": {"ok": False}},
        }
    )
    assert usage(Wanted(delivery="d", revision="r"), {"a": report}).complete
