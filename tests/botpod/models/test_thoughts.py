"""Thoughts are told from the answer, wherever a stream is cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from botpod.models.pieces import Characters, Readable
from botpod.models.thoughts import Thoughts

PARTS = st.lists(
    st.sampled_from(["<think>", "</think>", "<", "think", ">", "</", " ", "\n", "a", "Yes.", "<thinking>"]),
    max_size=10,
).map("".join)


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(ends)]


def read(pieces: list[str], *, begun: bool = False) -> tuple[str, bool]:
    thoughts = Thoughts(begun=begun)
    return "".join(map(thoughts.feed, pieces)) + thoughts.finish(), thoughts.leaked


@given(text=PARTS, places=st.lists(st.integers(0, 60), max_size=8), begun=st.booleans())
def test_where_a_stream_is_cut_changes_nothing(text: str, places: list[int], begun: bool) -> None:  # noqa: FBT001
    assert read(cut(text, places), begun=begun) == read([text], begun=begun)


@given(thought=st.text("ab <>/\n", max_size=20), answer=st.text("ab\n ", max_size=20))
def test_what_is_between_the_tags_is_not_said(thought: str, answer: str) -> None:
    said, leaked = read([f" <think>{thought}</think>\n{answer}"])
    assert said.strip() == answer.strip()
    assert not leaked


@given(st.text("ab <>/\n", max_size=30))
def test_what_has_no_thoughts_stays_as_it_is(text: str) -> None:
    assert read([text]) == (text, False)
    assert read([text], begun=True) == (text, False)


def test_a_tag_that_the_answer_is_about_stays() -> None:
    text = "Models write `<think>` before and `</think>` behind what they think."
    assert read([text]) == (text, False)


def test_thoughts_that_are_long_are_not_kept() -> None:
    thoughts = Thoughts()
    thoughts.feed("<think>")
    for _ in range(1000):
        thoughts.feed("and then again " * 10)
    assert thoughts.feed("</think>Yes.") == "Yes."


@given(text=st.text(max_size=20), places=st.lists(st.integers(0, 40), max_size=8))
def test_characters_are_joined_wherever_they_are_torn(text: str, places: list[int]) -> None:
    units = text.encode("utf-16-le", "surrogatepass")
    ends = sorted({min(2 * place, len(units)) for place in places} | {0, len(units)})
    pieces = [
        units[start:end].decode("utf-16-le", "surrogatepass")
        if _is_whole(units[start:end])
        else "".join(chr(int.from_bytes(units[at : at + 2], "little")) for at in range(start, end, 2))
        for start, end in pairwise(ends)
    ]
    characters = Characters()
    joined = "".join(map(characters.feed, pieces)) + characters.finish()
    assert joined == units.decode("utf-16-le", "replace")


def _is_whole(units: bytes) -> bool:
    try:
        units.decode("utf-16-le")
    except UnicodeDecodeError:
        return False
    return True


@given(st.lists(st.sampled_from([" ", "\n", "\u200b", "a", "b "]), max_size=8))
def test_nothing_passes_before_something_can_be_seen(pieces: list[str]) -> None:
    readable, passed = Readable(Thoughts()), ""
    for piece in pieces:
        passed += readable.feed(piece)
        assert bool(passed) == readable.seen
    assert readable.seen == any(piece.strip(" \n\u200b") for piece in pieces)
