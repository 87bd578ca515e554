from __future__ import annotations

import pytest

from botpod_operator.sentences import capitalized


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("version 2 is refused", "Version 2 is refused"),
        ("discord-token at Secret mine is empty", "discord-token at Secret mine is empty"),
        ("spec.credentials is wrong", "spec.credentials is wrong"),
        ("no, it isn't", "No, it isn't"),
        ("Vault has nothing", "Vault has nothing"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_and_a_name_stays_as_it_is(text: str, sentence: str) -> None:
    assert capitalized(text) == sentence
