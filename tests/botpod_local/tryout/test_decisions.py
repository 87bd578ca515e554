"""What is decided for a tryout without starting anything."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.check import check
from botpod_local.demo.plan import STANDIN_KEY, plan
from botpod_local.standins import Discord, Models
from botpod_local.tryout.botconfig import configuration
from botpod_local.tryout.maker import is_ending
from botpod_local.tryout.plan import (
    SHORTEST_SECRET,
    Services,
    real_credentials,
    real_services,
    with_standins,
    without_secrets,
)
from botpod_local.tryout.readiness import Standing, standing
from botpod_local.tryout.words import MOST_CHARACTERS, closing, ended, last_words

REAL = Services(
    discord="https://discord.com/api/v10",
    openai="https://api.openai.com/v1",
    anthropic="https://api.anthropic.com",
)
DISCORD = Discord(api_url="http://127.0.0.1:1/api/v10", page_url="http://127.0.0.1:2", token="t")
MODELS = Models(openai_url="http://127.0.0.1:3/v1", anthropic_url="http://127.0.0.1:3")
LOG = Path("/somewhere/bot.log")


def test_the_real_services_are_the_vendors_own_unless_a_variable_names_another() -> None:
    assert real_services({}) == REAL
    elsewhere = real_services({"BOTPOD_DISCORD_API": "http://here/api/v10/", "OPENAI_BASE_URL": " "})
    assert elsewhere == Services(discord="http://here/api/v10", openai=REAL.openai, anthropic=REAL.anthropic)


def test_what_has_a_stand_in_goes_there_and_nothing_else() -> None:
    assert with_standins(REAL, None, None) == REAL
    assert with_standins(REAL, DISCORD, None) == Services(
        discord=DISCORD.api_url, openai=REAL.openai, anthropic=REAL.anthropic
    )
    assert with_standins(REAL, DISCORD, MODELS).model("Anthropic") == MODELS.anthropic_url
    assert with_standins(REAL, DISCORD, MODELS).model("OpenAI") == MODELS.openai_url


@pytest.mark.parametrize(
    "environ", [{}, {"OPENAI_API_KEY": "sk-o"}, {"ANTHROPIC_API_KEY": "sk-a", "DISCORD_TOKEN": "a.b.c"}]
)
def test_the_bot_accepts_the_file_that_is_written_for_it(environ: dict[str, str], tmp_path: Path) -> None:
    chosen = plan(environ)
    for name, value in {"discord-token": "made.up.here", **chosen.credentials}.items():
        (tmp_path / name).write_text(value)

    content = configuration(
        services=REAL,
        model=chosen.model,
        credentials=tmp_path,
        database=tmp_path / "botpod.db",
        ports=(20_001, 20_002),
    )

    accepted = check(json.loads(json.dumps(content)))
    assert (accepted.server.public_host, accepted.server.internal_host) == ("127.0.0.1", "127.0.0.1")
    assert accepted.models[0].provider == chosen.model["provider"]
    assert not any(value in json.dumps(content) for value in environ.values())


def test_a_stand_ins_key_is_worth_nothing() -> None:
    assert real_credentials(plan({})) == {}
    assert real_credentials(plan({"DISCORD_TOKEN": "a.b.c"})) == {"discord-token": "a.b.c"}
    assert STANDIN_KEY not in real_credentials(plan({"ANTHROPIC_API_KEY": "sk-a"})).values()


@given(
    st.dictionaries(st.text(min_size=1), st.text()),
    st.text(min_size=SHORTEST_SECRET),
    st.text(),
    st.text(),
)
def test_no_variable_with_a_secret_in_it_is_inherited(
    others: dict[str, str], secret: str, before: str, after: str
) -> None:
    environ = {**others, "MAKEFLAGS": f"{before}{secret}{after}", "DISCORD_TOKEN": "x", "SOME_API_KEY": "y"}

    inherited = without_secrets(environ, [secret])

    assert not any(secret in value for value in inherited.values())
    assert {"MAKEFLAGS", "DISCORD_TOKEN", "SOME_API_KEY"}.isdisjoint(inherited)


def test_what_is_no_secret_is_inherited() -> None:
    environ = {"PATH": "/usr/bin", "HOME": "/home/ada", "SSL_CERT_FILE": "/etc/ca", "KEYBOARD": "dvorak"}
    assert without_secrets(environ, ["", "bin"]) == environ


def a_status(**changes: object) -> dict[str, object]:
    return {
        "ready": False,
        "reason": "It is starting.",
        "shards": {},
        "dependencies": {},
        "notes": {},
        **changes,
    }


def test_a_bot_is_ready_when_it_says_so_and_hopeless_when_only_a_person_can_help() -> None:
    assert standing(a_status(ready=True, reason=None, notes={"messageContent": "Switch it on."})) == Standing(
        ready=True, reason="it says nothing yet", notes=("Switch it on.",)
    )
    starting = standing(
        a_status(dependencies={"discord": {"problem": "Discord can't be reached."}, "sql": {"problem": None}})
    )
    assert (starting.ready, starting.hopeless) == (False, False)
    assert starting.reason == "It is starting. Discord can't be reached."
    blocked = standing(a_status(shards={"0": {"state": "blocked", "reason": "Discord refused it."}}))
    assert (blocked.ready, blocked.hopeless, blocked.reason) == (False, True, "Discord refused it.")


def test_how_a_process_ended_is_said_with_its_last_words_and_where_its_log_is() -> None:
    line = json.dumps({"level": "ERROR", "message": "The disk is full."})
    assert (
        ended("the bot", -signal.SIGKILL, log=LOG, text=f"before\n{line}\n")
        == "the bot was ended by SIGKILL, so everything was ended. Its log is /somewhere/bot.log; "
        "the last it said is: The disk is full."
    )
    assert ended("the bot", 3, log=LOG, text="").endswith("/somewhere/bot.log; it said nothing")


@given(st.text() | st.text().map(lambda text: json.dumps({"message": text})))
def test_last_words_are_one_short_line(log: str) -> None:
    words = last_words(log)

    assert len(words) <= MOST_CHARACTERS
    assert len(words.splitlines()) <= 1
    assert bool(words) == bool(log.strip())


def test_where_to_talk_is_said_last() -> None:
    page = closing(LOG, notes=(), page_url="http://here", application_id=None, real_model=False)
    assert page.splitlines()[-1] == "Talk to the bot:  http://here"
    assert "stand-in" in page
    real = closing(LOG, notes=("A note.",), page_url=None, application_id="7", real_model=True)
    assert real.splitlines()[-1].startswith("The bot is in Discord")
    assert "A note." in real
    assert "client_id=7&" in real
    assert "stand-in" not in real


def test_a_make_that_is_interrupted_blocks_that_signal() -> None:
    def blocking(signals: str) -> bool:
        return is_ending(f"Name:\tmake\nSigBlk:\t{signals}\nSigCgt:\t0000000000000003\n")

    assert blocking("0000000000010002")
    assert blocking("0000000000010001")
    assert not blocking("0000000000010000")
    assert not is_ending("")
