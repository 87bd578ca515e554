from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.policy import Next, after_close, delay_before_retry

CODES = st.none() | st.integers(1000, 5000)


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4008, 4999])
def test_a_cut_is_resumed(code: int | None) -> None:
    decision = after_close(code, invalidated=False, has_session=True, privileged=True)

    assert decision.next is Next.RESUME


@pytest.mark.parametrize("code", [4007, 4009])
def test_a_lost_session_is_begun_anew(code: int) -> None:
    decision = after_close(code, invalidated=False, has_session=True, privileged=True)

    assert decision.next is Next.IDENTIFY


def test_a_session_that_discord_ended_is_begun_anew() -> None:
    # nextcord closes with 1000 itself after op 9.
    decision = after_close(1000, invalidated=True, has_session=True, privileged=True)

    assert decision.next is Next.IDENTIFY


@pytest.mark.parametrize("code", [4010, 4011, 4012, 4013])
def test_a_refusal_is_not_tried_again_and_says_why(code: int) -> None:
    decision = after_close(code, invalidated=False, has_session=True, privileged=True)

    assert decision.next is Next.STOP
    assert decision.reason is not None
    assert f"({code})" in decision.reason


def test_a_bad_token_waits_for_another() -> None:
    decision = after_close(4004, invalidated=False, has_session=True, privileged=True)

    assert decision.next is Next.NEW_TOKEN
    assert "token" in (decision.reason or "")


def test_without_the_privileged_intent_the_bot_goes_on_with_less() -> None:
    first = after_close(4014, invalidated=False, has_session=False, privileged=True)
    second = after_close(4014, invalidated=False, has_session=False, privileged=False)

    assert first.next is Next.FEWER_INTENTS
    assert "Message Content" in (first.reason or "")
    assert second.next is Next.STOP


@given(CODES, st.booleans(), st.booleans(), st.booleans())
def test_nothing_is_resumed_that_can_not_be(
    code: int | None,
    invalidated: bool,  # noqa: FBT001
    has_session: bool,  # noqa: FBT001
    privileged: bool,  # noqa: FBT001
) -> None:
    decision = after_close(code, invalidated=invalidated, has_session=has_session, privileged=privileged)

    if decision.next is Next.RESUME:
        assert has_session
        assert not invalidated
        assert code not in {4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014}
    if decision.next in {Next.STOP, Next.NEW_TOKEN, Next.FEWER_INTENTS}:
        assert decision.reason


@given(st.integers(0, 1000), st.floats(0, 1))
def test_waits_grow_to_a_minute_and_differ(failures: int, random: float) -> None:
    delay = delay_before_retry(failures, random=random)

    assert 0 <= delay <= 60
    assert (delay == 0) == (failures == 0)
    assert delay >= delay_before_retry(failures, random=0)
    assert delay_before_retry(failures + 1, random=0) >= delay_before_retry(failures, random=0)
