"""What a shard must ask for after it lost a session, whatever happened before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.missed import MARGIN_SECONDS, MOST_SECONDS, Heard, channels_with_news
from botpod.gateway.snowflake import snowflake

NOW = 1_790_000_000.0
seconds_ago = st.floats(0, 2 * MOST_SECONDS)


@given(heard=seconds_ago, messages=st.lists(seconds_ago), rounds=st.integers(1, 3))
def test_everything_since_what_was_heard_last_is_asked_for_but_nothing_too_old(
    heard: float, messages: list[float], rounds: int
) -> None:
    heart = Heard(snowflake(NOW - heard))
    for ago in messages:
        heart.message(snowflake(NOW - ago))
    newest = min([heard, *messages])
    for _ in range(rounds):  # a session that begins before all was caught up asks for the same
        since = heart.begin(now=NOW)
        assert since is not None
        assert since <= max(snowflake(NOW - newest), snowflake(NOW - MOST_SECONDS))
        assert since >= snowflake(NOW - MOST_SECONDS)
        assert since >= snowflake(NOW - newest - MARGIN_SECONDS) - (1 << 22)
        heart.message(snowflake(NOW))
        assert heart.up_to == snowflake(NOW - newest)
        assert heart.behind
    heart.caught_up()
    assert heart.up_to == snowflake(NOW)
    assert not heart.behind


def test_the_first_session_of_all_asks_for_nothing_and_the_second_for_what_came_after() -> None:
    heard = Heard(0)
    assert heard.begin(now=NOW) is None
    assert not heard.behind
    since = heard.begin(now=NOW + 60)
    assert since is not None
    assert since <= snowflake(NOW)


def test_a_message_has_the_id_of_its_moment() -> None:
    # From Discord's documentation of snowflakes.
    assert snowflake(1_462_015_105.796) == 175_928_847_298_985_984 >> 22 << 22


def test_only_channels_that_may_have_news_are_asked() -> None:
    guild = {
        "channels": [
            {"id": "1", "last_message_id": "100"},
            {"id": "2", "last_message_id": "101"},
            {"id": "3", "last_message_id": None},
            {"id": "4"},
        ],
        "threads": [{"id": "5", "last_message_id": "102"}],
    }
    assert list(channels_with_news(guild, since=100)) == [2, 4, 5]
    assert list(channels_with_news({"id": "9", "unavailable": True}, since=100)) == []
