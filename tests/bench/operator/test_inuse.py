"""What the bench reads from a pod's ``/status`` and from a list of pods."""

from __future__ import annotations

from typing import Any

import pytest
from inuse import addresses, digest_in


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"credentials": {"delivery": "d1", "keys": {"k": {"digest": "abc"}}}}, "abc"),
        ({"credentials": {"k": {"digest": "abc", "version": "3"}}}, "abc"),
        ({"credentials": {"keys": {"k": {"digest": None}}}}, None),
        ({"credentials": {"keys": {"other": {"digest": "abc"}}}}, None),
        ({"credentials": None}, None),
        ({}, None),
    ],
)
def test_the_digest_of_a_key_in_use(status: dict[str, Any], expected: str | None) -> None:
    assert digest_in(status, "k") == expected


def test_a_pod_without_an_address_counts_and_one_on_its_way_out_does_not() -> None:
    pods: list[dict[str, Any]] = [
        {"metadata": {}, "status": {"podIP": "10.0.0.1"}},
        {"metadata": {}, "status": {}},
        {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"podIP": "10.0.0.2"}},
    ]
    assert addresses(pods) == ["10.0.0.1", None]
