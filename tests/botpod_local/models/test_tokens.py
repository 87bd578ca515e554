from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botpod_local.models import tokens


@given(st.text(), st.integers(1, 5))
def test_the_pieces_of_a_text_are_the_text(text: str, words: int) -> None:
    assert "".join(tokens.pieces(text, words)) == text


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_fits_and_says_whether_something_went(text: str, limit: int) -> None:
    kept, shortened = tokens.shorten(text, limit)
    assert text.startswith(kept)
    assert shortened == (kept != text)
    assert tokens.count(kept) <= limit


def test_no_limit_shortens_nothing() -> None:
    assert tokens.shorten("x" * 10_000, None) == ("x" * 10_000, False)
