from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.limits.retries import RETRIES, again, delay, repeatable

ONCE = {"content": "x", "nonce": "1.0", "enforce_nonce": True}
MESSAGES = "/channels/1/messages"


@pytest.mark.parametrize(
    ("method", "path", "payload", "safe"),
    [
        ("GET", "/users/@me", None, True),
        ("PUT", "/applications/1/commands", [], True),
        ("DELETE", "/channels/1/messages/2", None, True),
        ("POST", MESSAGES, ONCE, True),
        ("POST", MESSAGES, {"content": "x"}, False),
        ("POST", MESSAGES, {"content": "x", "nonce": "1.0"}, False),
        ("POST", MESSAGES, {"content": "x", "enforce_nonce": True}, False),
        ("POST", "/interactions/1/secret/callback", {"type": 4}, True),
        ("POST", "/webhooks/1/secret", {"content": "x"}, False),
        ("PATCH", "/channels/1/messages/2", {"content": "x"}, False),
        ("POST", "/channels/1/typing", None, False),
    ],
)
def test_what_may_be_done_twice(method: str, path: str, payload: object, safe: bool) -> None:  # noqa: FBT001
    assert repeatable(method, path, payload) is safe


def test_a_form_is_judged_by_its_payload() -> None:
    form = [{"name": "files[0]", "value": b"x"}, {"name": "payload_json", "value": json.dumps(ONCE)}]
    assert repeatable("POST", MESSAGES, None, form)
    form[1]["value"] = json.dumps({"content": "x"})
    assert not repeatable("POST", MESSAGES, None, form)


@given(st.booleans(), st.booleans(), st.integers(1, 10))
def test_nothing_is_repeated_that_may_have_been_done(
    reached: bool,  # noqa: FBT001
    safe: bool,  # noqa: FBT001
    failures: int,
) -> None:
    assert again(reached=reached, repeatable=safe, failures=failures) == (
        failures <= RETRIES and (safe or not reached)
    )


@given(st.integers(1, 50), st.floats(0, 1))
def test_delays_grow_within_bounds_and_differ(failures: int, random: float) -> None:
    assert 0.25 <= delay(failures, random=random) <= 4
    assert delay(failures, random=0) < delay(failures, random=1)
    assert delay(failures, random=random) <= delay(failures + 1, random=random)
