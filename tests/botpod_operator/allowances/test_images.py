"""Images by a class's list: nothing that only looks like what is listed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_operator.allowances.patterns import image_listed

DIGEST = "sha256:" + "0" * 64
PARTS = st.from_regex(r"[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?", fullmatch=True)


@pytest.mark.parametrize(
    ("pattern", "image"),
    [
        ("registry.example/bot:1", "registry.example/bot:1"),
        ("registry.example/bot:*", "registry.example/bot:1"),
        ("registry.example/bot:*", f"registry.example/bot:1@{DIGEST}"),
        ("registry.example/bot@*", f"registry.example/bot@{DIGEST}"),
        ("registry.example/bots/*", "registry.example/bots/chess:2"),
        ("registry.example/bots/*", f"registry.example/bots/a/b@{DIGEST}"),
        ("registry.example:5000/*", "registry.example:5000/bot"),
        ("*", "anything"),
    ],
)
def test_what_is_listed_may_be_used(pattern: str, image: str) -> None:
    assert image_listed(image, (pattern,))


@pytest.mark.req("AC-32")
@pytest.mark.attack("look_alike_image")
@pytest.mark.parametrize(
    ("pattern", "image"),
    [
        ("registry.example/bot:1", "registry.example/bot:10"),
        ("registry.example/bot:1", "registry.example/bot"),
        ("registry.example/bot:1", f"registry.example/bot:1@{DIGEST}"),
        ("registry.example/bots/*", "registry.example/bots-evil/bot"),
        ("registry.example/bots/*", "registry.example/bots"),
        ("registry.example/bots/*", "registry.example/bots/../evil/bot"),
        ("registry.example/bots/*", "registry.example/bots/./bot"),
        ("registry.example/bots/*", "registry.example/bots//bot"),
        ("registry.example/bots/*", "registry.example/bots/"),
        ("registry.example/bots/*", "registry.example.evil/bots/bot"),
        ("registry.example/bots/*", "Registry.example/bots/bot"),
        ("registry.example/bots/*", "registry.example/bots/bot evil"),
        ("registry.example/bots/*", "registry.example/bots/bot@sha256:short"),
        ("registry.example/bot:*", "registry.example/bot:1/evil"),
        ("registry.example/bot:*", "registry.example/bot"),
        ("registry.example/bot:*", "registry.example/bot:"),
        ("registry.example/bot:*", f"registry.example/bot@{DIGEST}"),
        # A port, not a tag.
        ("registry.example:*", "registry.example:5000/evil"),
        ("registry.example:*", "registry.example:5000"),
        ("registry.example/bot@*", "registry.example/bot@evil"),
        # The API server refuses such a pattern; it lets nothing in either.
        ("registry.example/bots*", "registry.example/bots-evil"),
    ],
)
def test_what_looks_like_it_may_not(pattern: str, image: str) -> None:
    assert not image_listed(image, (pattern,))


@given(
    listed=st.lists(PARTS, min_size=1, max_size=3), asked=st.lists(PARTS, min_size=1, max_size=4), tag=PARTS
)
def test_a_path_lets_in_what_is_below_it_and_nothing_beside_it(
    listed: list[str], asked: list[str], tag: str
) -> None:
    pattern = "/".join(["registry.example", *listed, "*"])
    image = "/".join(["registry.example", *asked]) + f":{tag}"
    assert image_listed(image, (pattern,)) == (asked[: len(listed)] == listed and len(asked) > len(listed))


@given(st.text(max_size=40))
def test_nothing_is_listed_by_nothing(image: str) -> None:
    assert not image_listed(image, ())
