from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botpod.replies.fences import balanced
from botpod.replies.graphemes import is_boundary
from botpod.replies.split import ready, split

FENCED = st.builds(
    lambda language, lines: f"```{language}\n" + "\n".join(lines) + "\n```",
    st.sampled_from(["", "python", "c++", "a-very-long-language-name-it-is"]),
    st.lists(st.text(st.characters(exclude_characters="`"), max_size=80), min_size=1, max_size=40),
)
PROSE = st.text(st.characters(exclude_characters="`"), max_size=400)
ANSWERS = st.lists(FENCED | PROSE, max_size=12).map("\n\n".join)
LIMITS = st.integers(60, 400)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
THUMB = "\U0001f44d\U0001f3fd"
FLAG = "\U0001f1e9\U0001f1ea"


def bare(text: str) -> str:
    """Take away all that a split may add or drop: fences with their language, marks, and blanks."""
    text = re.sub(r"```([A-Za-z0-9_+\-.#]{1,20}(?=\n))?", "", text)
    return re.sub(r"[\s*_~|]", "", text)


@given(text=ANSWERS, limit=LIMITS)
def test_nothing_is_lost_and_every_part_stands_for_itself(text: str, limit: int) -> None:
    parts = split(text, limit=limit)
    for part in parts:
        assert len(part) <= limit
        assert part.strip()
        assert balanced(part)
    assert bare("".join(parts)) == bare(ready(text))


@given(text=st.text(st.sampled_from("`ab \n")), limit=st.integers(40, 90))
@example(text="`" * 300, limit=40)
def test_even_heaps_of_backticks_stay_within_the_limit(text: str, limit: int) -> None:
    parts = split(text, limit=limit)
    for part in parts:
        assert len(part) <= limit
        assert part.strip()
    assert re.sub(r"[`\s]", "", "".join(parts)) == re.sub(r"[`\s]", "", text)


VISIBLE = [FAMILY, THUMB, FLAG, "e\u0301", "x"]
RUNS = st.lists(st.sampled_from(VISIBLE), max_size=300) | st.lists(st.sampled_from([*VISIBLE, "\r\n", " "]))


@given(text=RUNS.map("".join), limit=LIMITS)
@example(text=FLAG * 50, limit=61)
@example(text=THUMB * 50, limit=61)
@example(text=FAMILY * 50, limit=61)
@example(text="e\u0301" * 50, limit=61)
def test_no_visible_character_is_torn(text: str, limit: int) -> None:
    parts = split(text, limit=limit)
    position = 0
    for part in parts:
        position = text.index(part, position)
        assert is_boundary(text, position)
        position += len(part)
        assert is_boundary(text, position)


def test_a_character_that_is_longer_than_a_message_is_still_sent() -> None:
    parts = split("a" + "\u0301" * 500, limit=100)
    assert "".join(parts) == "a" + "\u0301" * 500


@pytest.mark.parametrize("text", ["", " ", "\n\n", " \t\n" * 3000])
def test_a_blank_text_makes_no_message(text: str) -> None:
    assert split(text) == ()


def test_a_short_text_is_left_as_it_is() -> None:
    assert split("Hello\n```py\nx\n```\nthere") == ("Hello\n```py\nx\n```\nthere",)


def test_paragraphs_come_before_lines_and_sentences_and_words() -> None:
    text = "a" * 30 + ". " + "b" * 30 + "\n" + "c" * 20 + "\n\n" + "d " * 20
    assert split(text, limit=100)[0].endswith("c\n\n")
    assert split(text.replace("\n\n", " "), limit=100)[0].endswith("b\n")
    assert split(text.replace("\n", " "), limit=60)[0].endswith("a. ")
    assert split("e" * 30 + " " + "f" * 60, limit=80)[0] == "e" * 30 + " "


def test_a_code_block_goes_on_in_the_next_message_in_its_language() -> None:
    lines = [f"print({number})" for number in range(40)]
    parts = split("Look:\n```python\n" + "\n".join(lines) + "\n```\nDone.", limit=200)
    assert parts[0].startswith("Look:\n```python\nprint(0)\n")
    for part in parts[:-1]:
        assert part.endswith(")\n```")
    for part in parts[1:]:
        assert part.startswith("```python\nprint(")
    assert parts[-1].endswith("print(39)\n```\nDone.")


def test_a_code_block_that_begins_late_moves_as_a_whole() -> None:
    text = "x " * 40 + "\n```js\n" + "y\n" * 20 + "```"
    assert split(text, limit=100) == ("x " * 40 + "\n", "```js\n" + "y\n" * 20 + "```")


@pytest.mark.parametrize("within", [150, *range(80, 110)])
@pytest.mark.parametrize("before", [0, 50, 80, 95])
def test_a_fence_is_never_torn_and_no_block_left_empty(before: int, within: int) -> None:
    parts = split("x" * before + "```py\n" + "y" * within + "```" + "z" * 60, limit=100)
    for part in parts:
        assert re.fullmatch(r"x*(```(py)?\n+y+\n?```)?z*", part), part
    assert "".join(parts).count("y") == within + sum("py" in part for part in parts)


@given(lines=st.lists(st.text("ab", min_size=1, max_size=30), min_size=3, max_size=40), limit=LIMITS)
def test_no_message_ends_or_begins_with_an_empty_block(lines: list[str], limit: int) -> None:
    for part in split("w " * 40 + "\n```py\n" + "\n".join(lines) + "\n```\ndone", limit=limit):
        assert not re.search(r"```(py)?\s*```", part), part


def test_an_unclosed_block_is_closed() -> None:
    assert split("```py\nx = 1") == ("```py\nx = 1\n```",)


def test_what_cannot_be_encoded_is_replaced() -> None:
    (part,) = split("a\ud800b")
    assert part.encode() == "a\ufffdb".encode()
