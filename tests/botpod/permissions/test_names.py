from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nextcord import Permissions

from botpod.permissions.names import BITS, bits, in_words, missing, unknown

NAMES = st.frozensets(st.sampled_from(sorted(BITS)))
ELSEWHERE = {"USE_VAD": "use_voice_activation", "USE_APPLICATION_COMMANDS": "use_slash_commands"}
ELSEWHERE |= {"USE_EMBEDDED_ACTIVITIES": "start_embedded_activities"}
ELSEWHERE |= {"MANAGE_GUILD_EXPRESSIONS": "manage_emojis", "CREATE_GUILD_EXPRESSIONS": "create_expressions"}


def test_the_bits_are_those_that_nextcord_knows() -> None:
    theirs = Permissions.VALID_FLAGS
    same = {name: ELSEWHERE.get(name, name.lower()) for name in BITS}

    compared = {name: bit for name, bit in BITS.items() if same[name] in theirs}

    assert compared == {name: theirs[same[name]] for name in compared}
    # All of nextcord's have one of ours.
    assert set(theirs.values()) <= set(BITS.values())


def test_no_bit_has_two_names() -> None:
    assert len(set(BITS.values())) == len(BITS)


@given(NAMES, NAMES)
def test_missing_is_what_is_required_and_not_held(required: frozenset[str], held: frozenset[str]) -> None:
    lacking = missing(required, bits(held))

    expected = set() if "ADMINISTRATOR" in held else required - held
    assert set(lacking) == expected
    assert list(lacking) == sorted(lacking, key=lambda name: BITS[name])


def test_unknown_names_are_told() -> None:
    assert unknown({"MANAGE_GUILD", "MANAGE_EVERYTHING", "manage_guild"}) == (
        "MANAGE_EVERYTHING",
        "manage_guild",
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MANAGE_MESSAGES", "Manage Messages"),
        ("MANAGE_GUILD", "Manage Server"),
        ("MODERATE_MEMBERS", "Timeout Members"),
        ("ADMINISTRATOR", "Administrator"),
    ],
)
def test_people_read_what_discord_shows_them(name: str, words: str) -> None:
    assert in_words(name) == words
