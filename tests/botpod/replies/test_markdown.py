"""A model's Markdown as Discord shows it, and whole on both sides of a cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botpod.replies.dialect import discords
from botpod.replies.port import CONTENT_LIMIT
from botpod.replies.split import Opened, first, split

FILL = "word " * 18


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("#### Deep\n###### Deeper", "### Deep\n### Deeper"),
        ("### Three\n#hash ####", "### Three\n#hash ####"),
        ("so $$E = mc^2$$ holds", "so `E = mc^2` holds"),
        ("$$\na\nb\n$$\nx", "```latex\na\nb\n```\nx"),
        ("costs $$ to $$$, `$$x$$`", "costs $$ to $$$, `$$x$$`"),
        ("$$\nonly opened", "$$\nonly opened"),
        ("```sh\n#### x $$y$$\n| a |\n|---|\n```", "```sh\n#### x $$y$$\n| a |\n|---|\n```"),
        (
            "| Name | n |\n|:--|--:|\n| **Ada** | 1 |\n| `日本` | 20 |\nEnd",
            "```\nName |  n\n-----+---\nAda  |  1\n日本 | 20\n```\nEnd",
        ),
        ("Name | n\n--- | --:\nAda | 1\nEnd", "```\nName | n\n-----+--\nAda  | 1\n```\nEnd"),
        ("a|b\n-|-\n1|2", "```\na | b\n--+--\n1 | 2\n```"),
        ("either | or\nneither", "either | or\nneither"),
        (r"so \(E = mc^2\) and \[ a \] hold", "so `E = mc^2` and `a` hold"),
        ("\\[\na\nb\n\\]\nx", "```latex\na\nb\n```\nx"),
        (r"\[no link\](x), `\(x\)`, C:\(x", r"\[no link\] (x), `\(x\)`, C:\(x"),
        ("| a\\|b |\n|---|\n| [x](u) |", "```\na|b\n-----\nx (u)\n```"),
        ("| no table |\n| at all |", "| no table |\n| at all |"),
        ("||a spoiler||\n||---||", "||a spoiler||\n||---||"),
    ],
)
def test_what_discord_lacks_is_shown_by_what_it_has(written: str, seen: str) -> None:
    assert "\n".join(split(written)) == seen


BITS = st.lists(
    st.sampled_from(
        [
            "| a | b |",
            "|---|---|",
            "|",
            "||",
            "$$",
            "$",
            "\\(",
            "\\)",
            "\\[",
            "\\]",
            "(",
            "a | b",
            "x",
            " ",
            "\n",
            "\n\n",
            "`",
            "```",
            "####",
            "#",
            "---",
        ]
    ),
    max_size=30,
).map("".join)


@given(text=BITS, filler=st.sampled_from(["", "y" * 40]))
@example(text="$$x$$\n$$\na\n$$", filler="")
def test_what_is_shown_of_a_beginning_stays(text: str, filler: str) -> None:
    """A message is cut off for good while more comes; only the newest few characters may still change."""
    for end in range(len(text)):
        begun = discords(text[:end] + filler, ended=False)
        again = discords(text[:end] + filler + text[end:], ended=True)
        assert begun[:-32] == again[: len(begun[:-32])]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (f"||{FILL}secret {FILL}||", ("||word", "||")),
        (f"**{FILL}bold {FILL}**", ("**word", "**")),
        (f"a *{FILL}italic {FILL}* ~~x~~", ("*word", "*")),
        (f"**a ||{FILL}both {FILL}|| b**", ("**||word", "||**")),
    ],
)
def test_what_is_open_at_a_cut_is_closed_and_opened_again(text: str, parts: tuple[str, str]) -> None:
    first_part, second = split(text, limit=130)
    assert first_part.endswith(parts[1])
    assert not first_part[: -len(parts[1])].endswith((" ", "\n"))
    assert second.startswith(parts[0])


@pytest.mark.parametrize(
    "whole",
    [
        "`a b c d e f g h i j`",
        "``x ` y z u v w``",
        "[a text of words](https://host.example/way)",
        "<https://host.example/a-long/way>",
        "https://host.example/a-long/way?to=go",
        "<:an_emoji:123456789012345678>",
    ],
)
@pytest.mark.parametrize("before", range(60, 101, 3))
def test_what_cannot_be_closed_is_cut_elsewhere(whole: str, before: int) -> None:
    text = ("w " * 60)[:before] + whole + " and" * 20
    parts = split(text, limit=100)
    assert sum(whole.replace("](", "] (") in part for part in parts) == 1, parts


def test_a_nested_list_is_cut_before_an_item_of_its_own() -> None:
    item = "- outer item\n  - inner item\n  - another one\n"
    for part in split(item * 9, limit=120):
        assert part.startswith("- outer")


def test_names_with_underscores_and_stars_are_no_emphasis() -> None:
    text = f"call some_thing_else and 2*3 and **kwargs {FILL}\n\n{FILL}"
    assert "".join(split(text, limit=150)) == text


MARKED = st.lists(
    st.sampled_from(["||", "word ", "word", "\n", "\n\n", "**", "*", "`code`", "```\nx\n```\n", "[a](u) "]),
    max_size=80,
).map("".join)


@given(text=MARKED, limit=st.integers(60, 120))
def test_no_message_leaves_a_spoiler_open(text: str, limit: int) -> None:
    for part in split(text, limit=limit):
        assert len(part) <= limit
    spoiler = "||" + text.replace("||", "").replace("`", "").strip() + "x||"
    for part in split(spoiler, limit=limit):
        assert len(part) <= limit
        assert part.strip().startswith("||") or part.strip().startswith("*")
        assert part.count("||") == 2, part


@given(words=st.lists(st.text("ab", min_size=1, max_size=9), min_size=60, max_size=90))
def test_a_spoiler_that_is_still_written_is_hidden(words: list[str]) -> None:
    piece = first("||" + " ".join(words), opened=Opened())
    assert piece.text.endswith("||")
    assert not re.search(r"\|\|.*\|\|.*\|\|", piece.text)


@pytest.mark.parametrize(
    "heap", ["*a ", "||a ", "**a *b _c ", "`a", "[a](b ", "$$a", "| a |\n", "<", "_a__b"]
)
def test_heaps_of_marks_are_cut_as_well(heap: str) -> None:
    parts = split((heap * 20_000)[:20_000])
    assert all(0 < len(part) <= CONTENT_LIMIT for part in parts)
    assert len(parts) < 25
