"""``botpod migrate``: a ``.env`` becomes a BotInstance that a real API server takes; secrets stay unseen."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from one_host import bare_environment, botpod

from botpod.environment.decide import decide
from botpod.migrate.botinstance import bot_instance
from botpod.migrate.name import resource_name
from botpod_operator.api.base import DNS_LABEL
from botpod_operator.api.botinstance import MAX_NAME, BotInstance

if TYPE_CHECKING:
    from pathlib import Path

    from apiserver import ApiServer

SECRETS = {
    "discord-token": "MTk4NjIyNDgzNDcx.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
    "openai-api-key": "sk-proj-this-is-openais",
    "azure-openai-api-key": "this-is-azures",
    "anthropic-api-key": "sk-ant-this-is-anthropics",
}
ENV_FILE = f"""\
# Of the bot that ran until now.
DISCORD_BOT_TOKEN={SECRETS["discord-token"]}
export OPENAI_API_KEY="{SECRETS["openai-api-key"]}"
OPENAI_BASE_URL=https://proxy.example/v1

AZURE_OPENAI_API_KEY={SECRETS["azure-openai-api-key"]}
AZURE_OPENAI_ENDPOINT=https://us.openai.azure.com
AZURE_OPENAI_DEPLOYMENT=ours
anthropic_api_key={SECRETS["anthropic-api-key"]}
BOT_NAME=our.bot
COMMAND_PREFIX=?
INSTRUCTIONS="Be brief: 'yes' or 'no'."
TEMPERATURE=0.5
MODEL_TIMEOUT_SECONDS=20
MESSAGES_PER_USER=5
MESSAGES_WINDOW_SECONDS=30
PRODUCTION_MODE=true
LOG_LEVEL_GATEWAY=critical
DATABASE_URL=postgres://botpod:the-databases-password@db/botpod
REDIS_URL=redis://:the-password-of-redis@redis
SENTRY_DSN=https://a@sentry.example/1
GUILD=123
no variable at all
EMPTY=
"""


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    file = tmp_path / ".env"
    file.write_text(ENV_FILE)
    file.chmod(0o640)
    return file


async def test_the_page_can_be_applied_and_tells_what_to_do(env_file: Path, cluster: ApiServer) -> None:
    code, page, errors = await botpod("migrate", ".env", cwd=env_file.parent)

    assert code == 0
    cluster.kubectl("apply", "-f", "-", stdin=page)
    spec = cluster.get("bot", "our-bot")["spec"]
    assert spec["credentials"]["vault"] == {"path": "bots/our-bot"}
    assert [(one["provider"], one["model"]) for one in spec["models"]] == [
        ("OpenAI", "gpt-5-mini"),
        ("AzureOpenAI", "ours"),
        ("Anthropic", "claude-haiku-4-5"),
    ]
    assert {(one["temperature"], one["timeoutSeconds"]) for one in spec["models"]} == {(0.5, 20)}
    assert (spec["commandPrefix"], spec["instructions"]) == ("?", "Be brief: 'yes' or 'no'.")
    assert spec["limits"] == {"messagesPerUser": 5, "windowSeconds": 30}
    assert spec["logging"] == {"level": "WARNING", "levels": {"botpod.gateway": "ERROR"}}
    BotInstance.model_validate(yaml.safe_load(page))
    assert "botpod migrate .env --credentials | vault kv put secret/bots/our-bot -" in page
    for secret in (*SECRETS.values(), "the-databases-password", "the-password-of-redis"):
        assert secret not in page + errors


async def test_what_is_not_carried_over_is_told_line_by_line(env_file: Path) -> None:
    _, _, errors = await botpod("migrate", ".env", cwd=env_file.parent)

    lines = ENV_FILE.splitlines()
    told = dict(re.findall(r"line (\d+), (\S+?)[:,]? ", errors))
    assert {number: name for number, name in told.items() if name != "is"} == {
        str(lines.index(line) + 1): line.partition("=")[0]
        for line in lines
        if line.startswith(
            (
                *("OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "PRODUCTION_MODE", "LOG_LEVEL_GATEWAY"),
                *("DATABASE_URL", "REDIS_URL", "SENTRY_DSN", "GUILD", "EMPTY"),
            )
        )
    }
    assert told[str(lines.index("no variable at all") + 1)] == "is"
    assert "providers.openAI.baseUrl" in errors
    assert "line 22, GUILD: the bot knows no such variable." in errors


async def test_the_credentials_go_through_a_pipe_under_the_names_that_the_instance_reads(
    env_file: Path, tmp_path: Path
) -> None:
    code, out, errors = await botpod("migrate", str(env_file), "--credentials", cwd=tmp_path)

    assert code == 0
    assert json.loads(out) == SECRETS
    assert "redis-password is left out" in errors
    assert "postgresql-password is left out" in errors


def test_the_credentials_are_not_shown_on_a_terminal(env_file: Path) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "botpod", "migrate", str(env_file), "--credentials"],
            stdout=theirs,
            stderr=subprocess.PIPE,
            env=bare_environment(),
            timeout=60,
            check=False,
        )
        os.write(theirs, b"end")
        shown = os.read(ours, 10_000)
    finally:
        os.close(ours)
        os.close(theirs)

    assert done.returncode == 1
    assert b"would be shown on this terminal" in done.stderr
    assert shown == b"end"


async def test_a_file_with_gaps_is_written_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=your-token-here\nCOMMAND_PREFIX=$\n")

    code, page, errors = await botpod("migrate", ".env", "--name", "My Bot", cwd=tmp_path)

    assert code == 0
    assert yaml.safe_load(page)["spec"] == {
        "credentials": {"vault": {"path": "bots/my-bot"}},
        "commandPrefix": "$",
    }
    assert "DISCORD_TOKEN is still the example's placeholder" in errors


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Our Bot", "our-bot"),
        ("bot_1.", "bot-1"),
        ("Über-Bot!", "uber-bot"),
        ("机器人", "bot"),
        ("-" * 50, "bot"),
    ],
)
def test_a_name_becomes_a_label(text: str, name: str) -> None:
    assert resource_name(text) == name


@given(st.text())
@example("a" * 39 + ".b")
def test_any_name_becomes_a_label(text: str) -> None:
    name = resource_name(text)
    assert re.fullmatch(DNS_LABEL, name)
    assert len(name) <= MAX_NAME


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "command_prefix": st.text(max_size=6),
    "instructions": st.text(max_size=30),
    "log_level": st.sampled_from(["debug", "CRITICAL", "x"]),
    "log_level_nextcord": st.sampled_from(["fatal", "INFO"]),
    "max_tokens": st.integers(-1, 10**7).map(str),
    "messages_per_user": st.integers(0, 10**6).map(str),
    "messages_window_seconds": st.floats(0, 10**6).map(str),
    "model_timeout_seconds": st.floats(0, 700).map(str),
    "openai_model": st.text(max_size=200),
    "temperature": st.floats(-1, 3).map(str),
}


@given(st.fixed_dictionaries({"openai_api_key": st.just("sk-mine")}, optional=VALUES))
@example({"openai_api_key": "k", "openai_model": "m" * 129})
@example({"openai_api_key": "k", "max_tokens": "2000000"})
def test_whatever_the_bot_takes_a_botinstance_takes_too(variables: dict[str, str]) -> None:
    manifest = bot_instance(decide(variables), name="bot", path="bots/bot")
    BotInstance.model_validate({"spec": manifest["spec"]})
