from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.models.continuation import Joint, Words


def chunked(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def joined(said: str, continuation: str, size: int) -> str:
    joint = Joint(said)
    return said + "".join(joint.feed(chunk) for chunk in chunked(continuation, size)) + joint.finish()


@given(text=st.text(), size=st.integers(1, 10))
def test_words_loses_nothing_and_shows_only_whole_words(text: str, size: int) -> None:
    words = Words()
    shown = ""
    for chunk in chunked(text, size):
        shown += words.feed(chunk)
        assert text.startswith(shown)
        # Behind what is shown lies a blank, or it is a run that is too long to be kept back.
        assert not shown or shown[-1].isspace() or len(shown.split()[-1]) > 24 - size
    assert shown + words.finish() == text


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("said", "continuation", "whole"),
    [
        ("The quick brown ", "fox jumps.", "The quick brown fox jumps."),
        ("The quick brown ", " fox jumps.", "The quick brown fox jumps."),
        ("The quick brown ", "The quick brown fox jumps.", "The quick brown fox jumps."),
        ("The quick brown ", "brown fox jumps.", "The quick brown fox jumps."),
        ("The quick brown ", "brownish fox", "The quick brown brownish fox"),
        ("Is it yes or ", "yes", "Is it yes or yes"),
        ("Is it so? ", "so", "Is it so? so"),
        ("One.\n\n", "Two.", "One.\n\nTwo."),
        ("for i in x:\n", "    print(i)", "for i in x:\n    print(i)"),
        ("", "Hello", "Hello"),
        ("   ", "Hello", "   Hello"),
        ("The answer is ", "", "The answer is "),
    ],
)
def test_a_continuation_is_joined_without_saying_anything_twice(
    said: str, continuation: str, whole: str, size: int
) -> None:
    assert joined(said, continuation, size) == whole


def test_a_long_repetition_that_goes_on_differently_is_dropped_as_far_as_it_repeats() -> None:
    said = "word " * 5 + "alpha beta gamma delta " * 6
    continuation = said[: len(said) - 30] + "and something else"
    assert joined(said, continuation, 4) == said + "and something else"


@given(
    words=st.lists(st.text("abcdefghij", min_size=2, max_size=8), min_size=2, max_size=40, unique=True),
    cut=st.integers(1, 39),
    back=st.integers(0, 40),
    size=st.integers(1, 30),
)
def test_however_much_is_repeated_the_reader_sees_one_text(
    words: list[str], cut: int, back: int, size: int
) -> None:
    cut = min(cut, len(words) - 1)
    said = " ".join(words[:cut]) + " "
    repeated = words[max(0, cut - back) : cut] if back else []
    # A repetition shorter than three letters can't be told from chance.
    if 0 < len(" ".join(repeated)) < 3:
        repeated = []
    assert joined(said, " ".join(repeated + words[cut:]), size) == " ".join(words)
