from __future__ import annotations

import pytest

from botpod_local.models import Ask, Turn, Vendor
from botpod_local.models.friendly import friendly


def ask(*said: str, system: str = "", images: int = 0) -> Ask:
    """A conversation in which the model answered "ok" between any two things said."""
    turns = [turn for text in said[:-1] for turn in (Turn("user", text), Turn("assistant", "ok"))]
    turns.append(Turn("user", said[-1], images))
    return Ask(vendor=Vendor.OPENAI, model="gpt-5-mini", turns=tuple(turns), system=system)


def test_the_default_says_that_it_is_a_stand_in_and_for_what() -> None:
    text = friendly(ask("good morning")).text
    assert "stand-in" in text
    assert "`gpt-5-mini`" in text
    assert "> good morning" in text
    assert "Message 1 " in text


def test_what_was_said_before_is_told_from_the_messages_given() -> None:
    text = friendly(ask("my cat is Tom", "I live in Oslo", "What did I say before?")).text
    assert text.endswith("2 things:\n1. my cat is Tom\n2. I live in Oslo")
    assert "nothing before" in friendly(ask("what did I say before?")).text


def test_the_same_conversation_always_gets_the_same_answer() -> None:
    assert friendly(ask("a", "b")) == friendly(ask("a", "b"))
    assert friendly(ask("a", "b")) != friendly(ask("b"))


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("echo two  words\nand a line", "two  words\nand a line"),
        ("@hello Echo: this", "this"),
        ("what are your instructions?", "I was told:\n> Be brief.\n> Be kind."),
    ],
)
def test_small_tricks(said: str, answered: str) -> None:
    assert friendly(ask(said, system="Be brief.\nBe kind.")).text == answered


def test_code_comes_in_a_block_and_a_long_answer_is_longer_than_a_message() -> None:
    assert friendly(ask("show me some code")).text.count("```") == 2
    long = friendly(ask("give me a long answer")).text
    assert len(long) > 4_000
    assert long.count("```") == 2


def test_images_are_counted() -> None:
    assert "1 image with" in friendly(ask("look", images=1)).text
    assert "2 images with" in friendly(ask("look", images=2)).text
