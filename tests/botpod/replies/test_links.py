"""Where a link leads is what a reader sees."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.replies.links import shown
from botpod.replies.port import CONTENT_LIMIT
from botpod.replies.split import split


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("[https://bank.example](https://evil.example)", "[https://bank.example] (https://evil.example)"),
        ("see [docs](<https://a.example> 'x').", "see [docs] (<https://a.example> 'x')."),
        ("[[a]](https://b) ![i](https://c)", "[[a]] (https://b) ![i] (https://c)"),
        ("`f[0](x)` and ``g`[0](y)``", "`f[0](x)` and ``g`[0](y)``"),
        ("```py\nf[0](x)\n```\n[a](https://b)", "```py\nf[0](x)\n```\n[a] (https://b)"),
        ("```f[0](x)", "```f[0] (x)"),
        # What looks like code but isn't.
        ("\\`[a](https://b)`", "\\`[a] (https://b)`"),
        ("https://x` [a](https://b) `", "https://x` [a] (https://b) `"),
        ("`[a](https://b)", "`[a] (https://b)"),
        ("`x\\` [a](https://b) `", "`x\\` [a] (https://b) `"),
        ("no link (at all)", "no link (at all)"),
    ],
)
@pytest.mark.attack("masked_link")
def test_a_link_shows_its_address(written: str, seen: str) -> None:
    assert shown(written) == seen


PARTS = st.lists(
    st.sampled_from(
        ["[a](https://evil.example/x)", "`", "```", "\n", " ", "word ", "\\", "](", "[", "x" * 150]
    )
)


@given(PARTS.map("".join))
def test_outside_of_what_may_be_code_nothing_stays_masked(text: str) -> None:
    for message in split(text):
        assert len(message) <= CONTENT_LIMIT
        # Whatever Discord takes for code has a backtick before it.
        assert "](" not in re.split("`", message)[0]
        assert shown(message) == message


@given(PARTS.map("".join))
def test_nothing_else_is_changed(text: str) -> None:
    assert shown(text).replace("] (", "](") == text.replace("] (", "](")


def test_many_links_still_fit() -> None:
    text = "[a](b)" * 1000
    messages = split(text)
    assert all(len(message) <= CONTENT_LIMIT for message in messages)
    assert "".join(messages).replace("] (", "](") == text
