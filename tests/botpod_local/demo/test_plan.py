"""What of a demo is real is decided by the environment alone."""

from __future__ import annotations

import pytest

from botpod_local.demo.plan import STANDIN_KEY, plan


def test_an_empty_environment_needs_nothing_from_outside() -> None:
    chosen = plan({})
    assert (chosen.real_discord, chosen.real_model, chosen.needs_egress) == (False, False, False)
    assert chosen.credentials == {"openai-api-key": STANDIN_KEY}


def test_a_token_is_for_the_real_discord() -> None:
    chosen = plan({"DISCORD_TOKEN": " the-real-one\n"})
    assert (chosen.real_discord, chosen.real_model, chosen.needs_egress) == (True, False, True)
    assert chosen.credentials["discord-token"] == "the-real-one"


@pytest.mark.parametrize(
    ("environ", "token"),
    [
        ({"DISCORD_BOT_TOKEN": "one"}, "one"),
        ({"DISCORD_BOT_TOKEN": "one", "DISCORD_TOKEN": "two"}, "two"),
        ({"DISCORD_BOT_TOKEN": "one", "DISCORD_TOKEN": " "}, "one"),
        ({"DISCORD_TOKEN": "'Bot a.b.c'"}, "a.b.c"),
        ({"DISCORD_TOKEN": '"a.b.c"\r\n'}, "a.b.c"),
    ],
)
def test_a_token_has_two_names_and_comes_without_what_is_copied_along(
    environ: dict[str, str], token: str
) -> None:
    assert plan(environ).credentials["discord-token"] == token


@pytest.mark.parametrize(
    ("environ", "provider", "key"),
    [
        ({"OPENAI_API_KEY": "o"}, "OpenAI", {"openai-api-key": "o"}),
        ({"ANTHROPIC_API_KEY": "a"}, "Anthropic", {"anthropic-api-key": "a"}),
        ({"OPENAI_API_KEY": "o", "ANTHROPIC_API_KEY": "a"}, "OpenAI", {"openai-api-key": "o"}),
    ],
)
def test_a_key_chooses_the_vendor(environ: dict[str, str], provider: str, key: dict[str, str]) -> None:
    chosen = plan(environ)
    assert (chosen.real_discord, chosen.real_model, chosen.needs_egress) == (False, True, True)
    assert chosen.model["provider"] == provider
    assert chosen.credentials == key


def test_another_model_than_the_default_is_a_variable_away() -> None:
    assert plan({"OPENAI_API_KEY": "o", "OPENAI_MODEL": "gpt-6"}).model["model"] == "gpt-6"


def test_credentials_are_not_in_its_text() -> None:
    assert "the-real-one" not in repr(plan({"DISCORD_TOKEN": "the-real-one"}))
