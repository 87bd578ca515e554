from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.limits.answers import (
    EDGE_SECONDS,
    Reading,
    Refusal,
    Scope,
    counts_as_invalid,
    reading,
    refusal,
)

NAMES = ("Bucket", "Limit", "Remaining", "Reset", "Reset-After")
HEADERS = dict(
    zip((f"X-RateLimit-{name}" for name in NAMES), ("abc", "5", "4", "1770000000.5", "4.5"), strict=True)
)
BODY = {"message": "You are being rate limited.", "retry_after": 1.5, "global": False}


def test_headers_tell_how_the_bucket_stands() -> None:
    assert reading(HEADERS) == Reading(
        bucket="abc", limit=5, remaining=4, resets=1770000000.5, reset_after=4.5
    )


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_lack_something_tell_nothing(name: str) -> None:
    assert reading({key: value for key, value in HEADERS.items() if key != name}) is None


@given(st.sampled_from(NAMES[1:]), st.text(max_size=8) | st.sampled_from(["nan", "inf", "-1", "1e999"]))
def test_headers_without_sense_never_harm(name: str, value: str) -> None:
    found = reading({**HEADERS, f"X-RateLimit-{name}": value})

    assert found is None or (found.limit > 0 <= found.remaining and math.isfinite(found.reset_after))


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"X-RateLimit-Scope": "user"}, BODY, Refusal(scope=Scope.USER, retry_after=1.5)),
        ({"X-RateLimit-Scope": "shared"}, BODY, Refusal(scope=Scope.SHARED, retry_after=1.5)),
        ({"X-RateLimit-Scope": "global"}, BODY, Refusal(scope=Scope.GLOBAL, retry_after=1.5)),
        ({"X-RateLimit-Global": "true"}, BODY, Refusal(scope=Scope.GLOBAL, retry_after=1.5)),
        ({}, {**BODY, "global": True}, Refusal(scope=Scope.GLOBAL, retry_after=1.5)),
        ({}, BODY, Refusal(scope=Scope.USER, retry_after=1.5)),
        ({"Retry-After": "30"}, "error code: 1015", Refusal(scope=Scope.EDGE, retry_after=30)),
        ({}, "error code: 1015", Refusal(scope=Scope.EDGE, retry_after=EDGE_SECONDS)),
        ({}, {"retry_after": None}, Refusal(scope=Scope.EDGE, retry_after=EDGE_SECONDS)),
        ({}, {"retry_after": math.inf}, Refusal(scope=Scope.EDGE, retry_after=EDGE_SECONDS)),
    ],
)
def test_whose_limit_a_429_is_about(headers: dict[str, str], body: object, expected: Refusal) -> None:
    assert refusal(headers, body) == expected


def test_what_counts_towards_the_ban() -> None:
    counted = {
        (status, scope)
        for status in (200, 401, 403, 404, 429, 500)
        for scope in Scope
        if counts_as_invalid(status, scope)
    }

    assert counted == {(s, scope) for s in (401, 403) for scope in Scope} | {
        (429, scope) for scope in Scope if scope is not Scope.SHARED
    }
