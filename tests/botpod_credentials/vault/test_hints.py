"""What is said beside a denial or a "nothing there", where it is certainly what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_credentials.vault.hints import in_address, kv_version_in, mistaken


@pytest.mark.parametrize(
    ("content", "version"),
    [
        ({"data": {"type": "kv", "options": {"version": "2"}}}, "2"),
        ({"data": {"type": "kv", "options": {}}}, "1"),
        ({"data": {"type": "kv", "options": None}}, "1"),
        ({"data": {"type": "kv", "options": {"version": "3"}}}, None),
        ({"data": {"type": "pki", "options": None}}, None),
        ({"errors": ["permission denied"]}, None),
        ({}, None),
    ],
)
def test_the_version_of_a_kv_engine_is_read_and_nothing_else_is_taken_for_one(
    content: dict[str, Any], version: str | None
) -> None:
    assert kv_version_in(content) == version


@given(st.dictionaries(st.sampled_from(["data", "type", "options"]), st.none() | st.text() | st.integers()))
def test_whatever_is_answered_is_no_error(content: dict[str, Any]) -> None:
    assert kv_version_in(content) is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("secret/bots/x", "without the mount: bots/x."),
        ("secret/data/bots/x", "without the mount and data/: bots/x."),
        ("data/bots/x", "without data/: bots/x."),
    ],
)
def test_a_path_with_too_much_before_it_is_said_as_it_shall_be(path: str, said: str) -> None:
    assert (mistaken(mount="secret", path=path, kv_version="2") or "").endswith(said)


def test_a_right_path_is_no_mistake() -> None:
    assert mistaken(mount="secret", path="bots/x", kv_version="2") is None
    assert mistaken(mount="secret", path="bots/x", kv_version=None) is None


@pytest.mark.parametrize(
    ("address", "said"),
    [("https://vault:8200", ""), ("https://vault:8200/", ""), ("https://vault:8200/team", "the path /team;")],
)
def test_an_address_with_a_path_is_told(address: str, said: str) -> None:
    assert said in in_address(address)
    assert bool(in_address(address)) == bool(said)
