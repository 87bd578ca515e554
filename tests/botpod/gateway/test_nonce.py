from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.limits.answers import retry_after
from botpod.gateway.ports import nonce

PARTS = st.integers(0, 9999) | st.just("n")


@given(st.integers(0, 2**64 - 1), PARTS, st.integers(0, 2**64 - 1), PARTS)
def test_each_message_of_each_answer_has_its_own_name(
    one: int, part: int | str, two: int, other: int | str
) -> None:
    assert len(nonce(one, part)) <= 25
    assert (nonce(one, part) == nonce(two, other)) == ((one, part) == (two, other))


def test_how_long_a_429_asks_to_wait() -> None:
    assert retry_after({}, {"retry_after": 1.5}) == 1.5
    assert retry_after({"Retry-After": "2"}, "<html>") == 2
    assert retry_after({}, "<html>") is None
    assert retry_after({"Retry-After": "soon"}, None) is None
    assert retry_after({}, {"retry_after": None}) is None
