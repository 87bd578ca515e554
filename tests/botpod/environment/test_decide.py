"""From variables to a configuration, without reading anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botpod.check import check
from botpod.config.schema import Configuration
from botpod.environment.decide import Decision, decide
from botpod.environment.levels import OURS, PREFIX
from botpod.environment.placeholders import is_placeholder
from botpod.environment.reading import parse
from botpod.environment.startup import checked
from botpod.environment.variables import KNOWN, SECRET
from botpod.errors import ConfigurationInvalid

ROOT = Path(__file__).parents[3]
SHORTEST = {"DISCORD_TOKEN": "abc.def", "OPENAI_API_KEY": "sk-mine"}


def configured(**variables: str) -> Configuration:
    """Return the configuration that the shortest working set and ``variables`` make."""
    return checked(decide({**SHORTEST, **variables}))


def problems(**variables: str) -> list[str]:
    with pytest.raises(ConfigurationInvalid) as caught:
        configured(**variables)
    return list(caught.value.problems)


@pytest.mark.req("AU-10", "CP-45")
def test_the_shortest_set_is_a_whole_typed_configuration() -> None:
    decision = decide(SHORTEST)
    configuration = checked(decision)

    assert isinstance(configuration, Configuration)
    assert [(one.name, one.kind.value) for one in configuration.credentials.keys] == [
        ("discord-token", "DiscordToken"),
        ("openai-api-key", "OpenAI"),
    ]
    assert decision.secrets == {"discord-token": "abc.def", "openai-api-key": "sk-mine"}
    (model,) = configuration.models
    assert (model.provider, model.model) == ("OpenAI", "gpt-5-mini")
    assert (configuration.command_prefix, configuration.server.public_port) == ("!", 8080)
    assert configuration.server.internal_host == "127.0.0.1"


@pytest.mark.req("AU-12", "AU-13", "AU-16", "AC-16", "AC-17", "AC-36", "CP-42")
@pytest.mark.parametrize(
    ("variables", "environment", "level", "directory"),
    [
        ({}, "development", "INFO", "data"),
        ({"DEBUG": "true"}, "development", "DEBUG", "data"),
        ({"DEBUG": "false"}, "development", "INFO", "data"),
        ({"ENVIRONMENT": "staging"}, "staging", "INFO", "/var/lib/botpod"),
        ({"ENVIRONMENT": "Production"}, "production", "WARNING", "/var/lib/botpod"),
        ({"PRODUCTION_MODE": "true"}, "production", "WARNING", "/var/lib/botpod"),
        ({"PRODUCTION_MODE": "1", "ENVIRONMENT": "production"}, "production", "WARNING", "/var/lib/botpod"),
        ({"PRODUCTION_MODE": "no", "ENVIRONMENT": "staging"}, "staging", "INFO", "/var/lib/botpod"),
        ({"PRODUCTION_MODE": "true", "LOG_LEVEL": "info"}, "production", "INFO", "/var/lib/botpod"),
        ({"LOG_LEVEL": "warn", "DEBUG": "yes"}, "development", "WARNING", "data"),
        ({"STATE_DIRECTORY": "/srv/one:/srv/two"}, "development", "INFO", "/srv/one"),
        ({"DATA_DIRECTORY": "here", "STATE_DIRECTORY": "/srv"}, "development", "INFO", "here"),
    ],
)
def test_defaults_differ_by_environment(
    variables: dict[str, str], environment: str, level: str, directory: str
) -> None:
    decision = decide({**SHORTEST, **variables})
    configuration = checked(decision)

    assert decision.environment == environment
    assert configuration.logging.level == level
    assert str(decision.directory) == directory
    assert configuration.state.sql.url == f"sqlite+aiosqlite:///{directory}/botpod.db"


@pytest.mark.parametrize(
    "variables",
    [
        {"PRODUCTION_MODE": "true", "ENVIRONMENT": "development"},
        {"PRODUCTION_MODE": "true", "ENVIRONMENT": "staging"},
        {"PRODUCTION_MODE": "false", "ENVIRONMENT": "production"},
        {"DISCORD_BOT_TOKEN": "another"},
        {"PORT": "1", "ANALYTICS_DASHBOARD_PORT": "2"},
    ],
)
def test_what_contradicts_itself_is_told(variables: dict[str, str]) -> None:
    (told,) = problems(**variables)
    assert "remove one of them" in told
    assert all(name in told for name in variables)
    assert "another" not in told


@pytest.mark.req("CP-23")
def test_levels_are_set_per_component() -> None:
    configuration = configured(
        LOG_LEVEL_GATEWAY="debug",
        log_level_skills_chat="ERROR",
        LOG_LEVEL_BOTPOD_MODELS="warn",
        LOG_LEVEL_NEXTCORD="INFO",
        LOG_LEVEL_BOTPOD="WARNING",
    )

    assert configuration.logging.levels == {
        "botpod": "WARNING",
        "botpod.gateway": "DEBUG",
        "botpod.models": "WARNING",
        "botpod.skills.chat": "ERROR",
        "nextcord": "INFO",
    }


def test_wrong_components_and_levels_are_told_with_the_near_name() -> None:
    assert problems(LOG_LEVEL_GATWAY="info", LOG_LEVEL_HTTP="loud") == [
        "LOG_LEVEL_GATWAY names no component; rename it to LOG_LEVEL_GATEWAY.",
        "LOG_LEVEL_HTTP is no level; write DEBUG, INFO, WARNING, ERROR or CRITICAL.",
    ]


def test_the_components_are_the_bots_folders() -> None:
    folders = {path.parent.name for path in (ROOT / "botpod/src/botpod").glob("*/__init__.py")}
    assert set(OURS) == folders - {"migrate"}


@pytest.mark.partly("AC-14", lacks="the dashboard itself comes later")
@pytest.mark.parametrize("name", ["PORT", "port", "ANALYTICS_DASHBOARD_PORT"])
def test_the_port_has_two_names(name: str) -> None:
    assert configured(**{name: "5000"}).server.public_port == 5000


def test_every_vendor_makes_a_model_in_the_order_of_fallback() -> None:
    configuration = configured(
        ANTHROPIC_API_KEY="ak",
        AZURE_OPENAI_API_KEY="az",
        AZURE_OPENAI_ENDPOINT="https://us.openai.azure.com",
        AZURE_OPENAI_DEPLOYMENT_NAME="ours",
        OPENAI_API_VERSION="2025-01-01",
        OPENAI_MODEL="gpt-5",
        MAX_TOKENS="50",
        TEMPERATURE="0.5",
        MODEL_TIMEOUT_SECONDS="9",
    )

    assert [(one.provider, one.model, one.credential) for one in configuration.models] == [
        ("OpenAI", "gpt-5", "openai-api-key"),
        ("AzureOpenAI", "ours", "azure-openai-api-key"),
        ("Anthropic", "claude-haiku-4-5", "anthropic-api-key"),
    ]
    assert configuration.models[1].api_version == "2025-01-01"
    assert {(one.max_tokens, one.temperature, one.timeout_seconds) for one in configuration.models} == {
        (50, 0.5, 9)
    }


@pytest.mark.partly(
    "CP-46", lacks="retries, the breaker and what Discord prescribes are constants beside their code"
)
def test_what_people_notice_are_settings_not_constants() -> None:
    configuration = configured(
        MESSAGES_PER_USER="3",
        MESSAGES_WINDOW_SECONDS="7.5",
        INSTRUCTIONS="Be brief.",
        SKILLS="chat",
        BOT_NAME="ours",
        DISCORD_API_URL="https://proxy.example/api/v10",
        LISTEN_HOST="127.0.0.1",
        INTERNAL_PORT="9999",
        INTERNAL_HOST="::1",
    )

    assert (configuration.limits.messages_per_user, configuration.limits.window_seconds) == (3, 7.5)
    assert (configuration.instructions, configuration.bot.identity) == ("Be brief.", "default/ours")
    assert configuration.discord.api_url == "https://proxy.example/api/v10"
    server = configuration.server
    assert (server.public_host, server.internal_port, server.internal_host) == ("127.0.0.1", 9999, "::1")


def test_a_server_without_a_key_is_sent_none() -> None:
    decision = decide({"DISCORD_TOKEN": "abc", "OPENAI_BASE_URL": "http://localhost:11434/v1"})
    (model,) = checked(decision).models

    assert model.credential is None
    assert decision.warnings == [
        "OPENAI_MODEL is not set, and the server of OPENAI_BASE_URL is asked for gpt-5-mini."
    ]


@pytest.mark.req("CP-43")
def test_an_empty_environment_lists_all_that_is_missing() -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        checked(decide({"DISCORD_TOKEN": "", "OPENAI_API_KEY": "   "}))

    assert [told.partition(" ")[0] for told in caught.value.problems] == ["DISCORD_TOKEN", "OPENAI_API_KEY,"]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"OPENAI_BASE_URL": "nowhere"}, "OPENAI_BASE_URL is not a whole address"),
        ({"DISCORD_API_URL": "ftp://x"}, "DISCORD_API_URL is not a whole address"),
        ({"SKILLS": "chat, juggle"}, 'SKILLS[1].name names "juggle"'),
        ({"COMMAND_PREFIX": "a b"}, "COMMAND_PREFIX can't be used; it must be one to five characters"),
        ({"PORT": "70000"}, "PORT can't be used; it must be a whole number from 1 to 65535."),
        ({"PORT": "9090"}, "INTERNAL_PORT is 9090, as server.publicPort is"),
        (
            {"ENVIRONMENT": "prod"},
            "ENVIRONMENT can't be used; it must be development, staging or production.",
        ),
        ({"DEBUG": "maybe"}, "DEBUG can't be used; it must be true or false."),
        ({"DISCORD_TOKEN": "Bot abc"}, "DISCORD_TOKEN begins with a word of the Authorization header"),
        ({"OPENAI_API_KEY": "sk-a b"}, "OPENAI_API_KEY has a blank or another character"),
        ({"ANTHROPIC_BASE_URL": "https://x"}, "ANTHROPIC_API_KEY is missing"),
        ({"REDIS_URL": "http://x"}, "REDIS_URL is of no known kind"),
    ],
)
def test_a_wrong_value_is_told_by_the_variables_name(variables: dict[str, str], told: str) -> None:
    (problem,) = problems(**variables)
    assert problem.startswith(told)


@pytest.mark.req("AU-11")
def test_names_count_in_any_case_and_quotes_of_an_env_file_go() -> None:
    decision = decide({"discord_token": '"abc"', "Openai_Api_Key": "'def' "})
    assert decision.secrets == {"discord-token": "abc", "openai-api-key": "def"}


@pytest.mark.req("AC-12", "AC-19")
@pytest.mark.partly("AC-20", lacks="the interface that ANALYTICS_API_KEY opens comes later")
def test_every_placeholder_of_the_example_is_refused() -> None:
    text = (ROOT / ".env.example").read_text()
    # As for somebody who takes the # away before every variable and fills nothing in.
    variables = dict(re.findall(r"^(?:# )?([A-Z][A-Z_]*)=(.*)$", text, re.MULTILINE))
    assert {"DISCORD_TOKEN", "OPENAI_API_KEY", "DATABASE_URL", "COMMAND_PREFIX"} <= set(variables)
    assert {name.lower() for name in variables} - KNOWN == {"log_level_gateway"}
    placeholders = {name for name, value in variables.items() if "your-" in value}
    assert {name.upper() for name in SECRET & {name.lower() for name in variables}} <= placeholders

    told = decide(variables).problems

    assert {one.partition(" ")[0] for one in told} == placeholders
    assert all("placeholder" in one for one in told)


@pytest.mark.parametrize(
    "value",
    [
        *("your-token-here", "YOUR_DISCORD_TOKEN", "your_openai_api_key", "<token>", "token_here", "xxx"),
        *("change_me_in_production", "changeme", "replace-me", "sk-...", "GENERATE_SECURE_KEY"),
        "GENERATE_SECURE_RANDOM_32_CHAR_KEY_HERE",
    ],
)
def test_placeholders_are_known_for_what_they_are(value: str) -> None:
    assert is_placeholder(value)
    assert value not in " ".join(problems(DISCORD_TOKEN=value))


@pytest.mark.parametrize("value", ["MTk4NjIyNDgz.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", "sk-proj-Ab12", "a"])
def test_a_real_value_is_no_placeholder(value: str) -> None:
    assert not is_placeholder(value)


def test_misspelt_and_former_names_in_the_file_are_told() -> None:
    names = ["DISCORD_TOKN", "SENTRY_DSN", "MY_OWN", "log_level_gateway", "PORT"]
    warnings = decide(SHORTEST, in_file=names).warnings

    assert warnings == [
        "DISCORD_TOKN is not known; if it is meant to be DISCORD_TOKEN, rename it.",
        "SENTRY_DSN is not read: this version reports errors in its log, on /api/metrics and to Prometheus.",
    ]


TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
NAMES = st.sampled_from([*sorted(KNOWN), PREFIX + "gateway", PREFIX + "x", "state_directory", "other"])
ANY_CASE = st.builds(
    lambda name, upper: (
        "".join(one.upper() if up else one for one, up in zip(name, upper, strict=False)) + name[len(upper) :]
    ),
    NAMES,
    st.lists(st.booleans(), max_size=40),
)
LIKELY = st.sampled_from(
    [
        "true",
        "production",
        "80",
        "https://h/v1",
        "postgres://u:p@h/d",
        "sqlite:///x",
        "redis://:p@h",
        "!",
        '"q"',
    ]
)
MAPPINGS = st.dictionaries(ANY_CASE, LIKELY | TEXTS, max_size=12)


@given(MAPPINGS)
@example({"database_url": "postgres://[::1"})
@example({"DATABASE_URL": "postgres://h/d?ssl%mode=x"})
@example({"discord_api_url": "http://[x/"})
@example({"temperature": "nan", "messages_window_seconds": "inf"})
def test_any_variables_make_a_configuration_or_sentences(variables: dict[str, str]) -> None:
    decision = decide(variables, in_file=variables)
    try:
        configuration = checked(decision)
    except ConfigurationInvalid as error:
        for told in (*error.problems, *decision.warnings):
            assert told.endswith(".")
            assert "\n" not in told
    else:
        listed = {key.name for key in configuration.credentials.keys}
        assert listed == set(decision.secrets)
        assert check(decision.data, credentials=()) == configuration


QUOTED = {"data_directory", "skills"}
"""Sentences quote these: the names of a folder and of skills are no secrets."""
SECRETS = st.text(alphabet="QZXJ0123456789", min_size=12, max_size=30)


@given(
    SECRETS,
    st.sampled_from(sorted(KNOWN - QUOTED)),
    st.sampled_from(
        ["{}", "a b {}", "Bot {}", "postgres://u:{}@h", "redis://:{}@h:x", "mysql://u:{}@h/d", "{}é"]
    ),
)
def test_no_sentence_shows_what_may_be_a_secret(secret: str, name: str, form: str) -> None:
    variables = {**SHORTEST, name: form.format(secret)}
    said = [*decide(variables, in_file=variables).warnings]
    try:
        checked(decide(variables))
    except ConfigurationInvalid as error:
        said += error.problems
    assert secret not in " ".join(said)


PLAIN = st.text(
    alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="'\\"), min_size=1
)


@given(st.dictionaries(st.sampled_from(["DISCORD_TOKEN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"]), PLAIN))
def test_what_stands_in_a_file_comes_back(variables: dict[str, str]) -> None:
    variables = {name: value for name, value in variables.items() if "${" not in value}
    for end in ("\n", "\r\n"):
        text = end.join(f"export {name}='{value}' # comment" for name, value in variables.items())
        found = parse(b"\xef\xbb\xbf" + text.encode(), Path(".env"), {})
        assert found.values == variables
        assert found.warnings == ()


def _decision(**variables: Any) -> Decision:
    return decide({**SHORTEST, **variables})


@pytest.mark.parametrize(
    ("text", "url", "password"),
    [
        ("postgres://u:p%40ss@h:5432/d", "postgresql+asyncpg://u@h:5432/d", "p@ss"),
        ("postgresql://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require", None),
        ("postgresql+psycopg2://u:p@h/d?connect_timeout=3", "postgresql+asyncpg://u@h/d", "p"),
        ("postgresql+asyncpg://h/d?user=u&password=p", "postgresql+asyncpg://h/d?user=u", "p"),
        ("postgresql://u@/d?host=/run/pg", "postgresql+asyncpg://u@/d?host=%2Frun%2Fpg", None),
        ("sqlite:///bot.db", "sqlite+aiosqlite:///bot.db", None),
        ("sqlite:////srv/bot.db", "sqlite+aiosqlite:////srv/bot.db", None),
        ("sqlite+aiosqlite:///./bot.db", "sqlite+aiosqlite:///./bot.db", None),
    ],
)
def test_databases_are_taken_as_people_write_them(text: str, url: str, password: str | None) -> None:
    decision = _decision(DATABASE_URL=text)
    section = checked(decision).state.sql

    assert section.url == url
    assert decision.secrets.get("postgresql-password") == password
    assert section.credential == (None if password is None else "postgresql-password")


@pytest.mark.parametrize(
    ("text", "url", "password"),
    [
        ("redis://localhost", "redis://localhost", None),
        ("rediss://:p%2F@h:6380/1?ssl_cert_reqs=none", "rediss://h:6380/1?ssl_cert_reqs=none", "p/"),
        ("redis://me:p@h:6379", "redis://me@h:6379", "p"),
        ("redis://h:6379?password=p", "redis://h:6379", "p"),
    ],
)
def test_redis_is_taken_as_people_write_it(text: str, url: str, password: str | None) -> None:
    decision = _decision(REDIS_URL=text)
    section = checked(decision).state.redis

    assert section is not None
    assert section.url == url
    assert decision.secrets.get("redis-password") == password


@pytest.mark.parametrize(
    "text",
    [
        *("postgres://u:p#w@h/d", "postgres://u:p/w@h/d", "postgres:///d", "postgres://h", "mysql://h/d"),
        *(
            "sqlite://",
            "sqlite:///",
            "sqlite:///:memory:",
            "postgres://h/d?sslmode=perhaps",
            "x",
            "postgres://h/d?a=b",
        ),
    ],
)
def test_an_address_that_cannot_be_read_is_told_without_it(text: str) -> None:
    (told,) = problems(DATABASE_URL=text)
    assert told.startswith("DATABASE_URL ")
    assert "p#w" not in told
    assert "p/w" not in told
