from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.guards.sanitise import MAX_CHARACTERS, sanitise

REMOVED = [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F]


@pytest.mark.req("AC-27")
def test_input_is_cut_at_4000_characters() -> None:
    assert len(sanitise("ä" * 5000)) == 4000
    assert len(sanitise("ä" * 5000, limit=10)) == 10


@pytest.mark.req("AC-28")
@pytest.mark.parametrize("text", ["", "  ", "\n\t ", "\x00\x01"])
def test_empty_input_stays_empty(text: str) -> None:
    assert sanitise(text) == ""


@pytest.mark.req("AC-29")
@pytest.mark.parametrize("code", REMOVED)
def test_control_characters_are_removed(code: int) -> None:
    assert sanitise(f"a{chr(code)}b") == "ab"


def test_newlines_and_tabs_are_kept() -> None:
    assert sanitise("def f():\n\treturn 1\r\n\n# done") == "def f():\n\treturn 1\r\n\n# done"


@pytest.mark.req("AC-26", "CL-33", "CP-17", "AU-06")
@given(st.text())
def test_whatever_comes_what_leaves_is_clean(text: str) -> None:
    clean = sanitise(text)

    assert len(clean) <= MAX_CHARACTERS
    assert not {chr(code) for code in REMOVED} & set(clean)
    assert clean == clean.strip()
    assert sanitise(clean) == clean
