from __future__ import annotations

from botpod.state.expiring import ExpiringSet


def test_a_key_is_taken_once_until_its_time_is_over() -> None:
    now = 0.0
    keys = ExpiringSet(lambda: now, bound=10)

    assert keys.add("a", ttl=5)
    assert not keys.add("a", ttl=5)
    now = 5.0
    assert keys.add("a", ttl=5)


def test_the_oldest_leaves_when_it_is_full() -> None:
    keys = ExpiringSet(lambda: 0.0, bound=2)

    assert keys.add("a", ttl=5)
    assert keys.add("b", ttl=5)
    assert keys.add("c", ttl=5)
    assert not keys.add("c", ttl=5)
    assert not keys.add("b", ttl=5)
    assert keys.add("a", ttl=5)
