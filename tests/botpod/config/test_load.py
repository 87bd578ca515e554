from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from botpod.config.load import parse, problems, read
from botpod.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from pathlib import Path

SHORTEST: dict[str, Any] = {
    "bot": {"name": "hello"},
    "credentials": {"keys": [{"name": "discord-token", "kind": "DiscordToken"}]},
}
EVERYTHING = """
bot: {name: hello, namespace: team}
discord:
  apiUrl: https://discord.com/api/v10
  shards: {mode: Fixed, count: 4}
  credential: discord-token
credentials:
  directory: DIRECTORY
  keys:
    - {name: discord-token, kind: DiscordToken}
    - {name: azure-key, kind: AzureOpenAI}
    - {name: redis-password, kind: Redis}
    - {name: postgresql-password, kind: PostgreSQL}
models:
  - name: main
    provider: AzureOpenAI
    model: our-deployment
    baseUrl: https://us.openai.azure.com
    apiVersion: 2024-10-21
    credential: azure-key
    maxTokens: 500
    temperature: 0.7
    timeoutSeconds: 30
  - {name: spare, provider: OpenAI, model: llama, baseUrl: "http://ollama:11434/v1"}
skills:
  - {name: chat, settings: {turns: 3}}
instructions: Be brief.
commandPrefix: "?"
limits: {messagesPerUser: 5, windowSeconds: 30, maxInputCharacters: 1000, concurrentPerUser: 1,
         concurrentPerChannel: 2, concurrent: 8}
state:
  sql: {url: "postgresql+asyncpg://botpod@host:5432/botpod", credential: postgresql-password}
  redis: {url: "redis://host:6379/0", credential: redis-password}
server: {publicPort: 8081, internalPort: 9091}
logging: {level: DEBUG, levels: {nextcord: WARNING}}
shutdown: {graceSeconds: 5}
"""


def test_the_shortest_file_has_a_default_for_everything_else() -> None:
    configuration = parse(SHORTEST, checks=())

    assert configuration.bot.identity == "default/hello"
    assert configuration.discord.api_url == "https://discord.com/api/v10"
    assert configuration.limits.messages_per_user == 10
    assert configuration.limits.window_seconds == 60
    assert [skill.name for skill in configuration.skills] == ["chat"]
    assert configuration.state.redis is None


@pytest.mark.req("CL-21")
@pytest.mark.partly("AU-10", lacks="the environment's settings are the one-host form's")
def test_a_whole_file_is_read_as_written(tmp_path: Path) -> None:
    for name in ("discord-token", "azure-key", "redis-password", "postgresql-password"):
        (tmp_path / name).write_text("x\n")
    file = tmp_path / "config.yaml"
    file.write_text(EVERYTHING.replace("DIRECTORY", str(tmp_path)))

    configuration = parse(read(file))

    assert configuration.discord.shards.count == 4
    # Without quotes YAML takes this for a date.
    assert configuration.models[0].api_version == "2024-10-21"
    assert configuration.models[1].credential is None
    assert configuration.state.sql.url == "postgresql+asyncpg://botpod@host:5432/botpod"
    assert configuration.skills[0].settings == {"turns": 3}
    assert configuration.logging.levels == {"nextcord": "WARNING"}


@pytest.mark.req("CP-45", "CL-48")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"bot": {}}, "bot.name is missing; give it a value."),
        ({"bott": {}}, "bott is not a known field; rename it to bot or remove it."),
        ({"zzz": 1}, "zzz is not a known field; remove it."),
        (
            {"limits": {"concurent": 1}},
            "limits.concurent is not a known field; rename it to concurrent",
        ),
        ({"limits": {"concurrent": 0}}, "limits.concurrent is 0; it must be at least 1."),
        ({"limits": {"concurrent": "8"}}, 'limits.concurrent is "8"; it must be a whole number.'),
        (
            {"logging": {"level": "info"}},
            'logging.level is "info"; use DEBUG, INFO, WARNING, ERROR or CRITICAL.',
        ),
        (
            {"discord": {"delivery": "Interactions", "shards": {"minimum": 2}}},
            "discord.shards is for the delivery Gateway; remove it, or set discord.delivery to Gateway.",
        ),
        ({"discord": {"delivery": "Http"}}, 'discord.delivery is "Http"; use Gateway or Interactions.'),
        ({"commandPrefix": "a b"}, 'commandPrefix is "a b"; use no blanks.'),
        ({"models": {}}, "models is a mapping; it must be a list."),
        (
            {"models": [{"name": "a", "provider": "Google", "model": "g", "baseUrl": "https://g"}]},
            'models[0].provider is "Google"; use OpenAI, AzureOpenAI or Anthropic.',
        ),
        (
            {"models": [{"name": "a", "provider": "OpenAI", "model": "g", "baseurl": "https://g"}]},
            "models[0].baseurl is not a known field; rename it to baseUrl or remove it.",
        ),
        (
            {"models": [{"name": "a", "provider": "OpenAI", "model": "g", "baseUrl": "api.openai.com/v1"}]},
            "models[0].baseUrl is not a whole address; write one that begins with https:// (or http://).",
        ),
        (
            {"models": [{"name": "a", "provider": "AzureOpenAI", "model": "g", "baseUrl": "https://g"}]},
            "models[0].apiVersion is missing; AzureOpenAI needs one, such as 2024-10-21.",
        ),
        (
            {"models": [{"name": "a", "provider": "Anthropic", "model": "g", "baseUrl": "https://g"}]},
            "models[0].credential is missing; Anthropic needs one, so name one of credentials.keys.",
        ),
        (
            {
                "models": [
                    {
                        "name": "a",
                        "provider": "OpenAI",
                        "model": "g",
                        "baseUrl": "https://g",
                        "credential": "k",
                    }
                ]
            },
            'models[0].credential names "k", which is not listed; add it to credentials.keys.',
        ),
        (
            {
                "models": [
                    {
                        "name": "a",
                        "provider": "OpenAI",
                        "model": "g",
                        "baseUrl": "https://g",
                        "credential": "discord-token",
                    }
                ]
            },
            'models[0].credential names "discord-token", which is of kind DiscordToken; use one',
        ),
        (
            {"discord": {"credential": "other"}},
            'discord.credential names "other", which is not listed; add it to credentials.keys.',
        ),
        ({"discord": {"apiUrl": "ftp://x"}}, "discord.apiUrl is not a whole address;"),
        (
            {"discord": {"shards": {"mode": "Fixed"}}},
            "discord.shards.count is missing; the mode Fixed needs one.",
        ),
        ({"discord": {"shards": {"count": 2}}}, "discord.shards.count is for the mode Fixed;"),
        (
            {"skills": [{"name": "chat"}, {"name": "chat"}]},
            'skills[1].name is "chat", as skills[0].name is; give each its own name.',
        ),
        ({"state": {"redis": {"url": "host:6379"}}}, "state.redis.url has no known scheme;"),
        ({"state": {"redis": {"url": "redis://:pw@host"}}}, "state.redis.url holds a password;"),
        ({"state": {"sql": {"url": "mysql://host"}}}, "state.sql.url has no known scheme;"),
        (
            {"server": {"publicPort": 80, "internalPort": 80}},
            "server.internalPort is 80, as server.publicPort is; give each its own port.",
        ),
        ({"server": {"publicPort": 9090}}, "server.internalPort is 9090, as server.publicPort is;"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_field(
    change: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "discord-token").write_text("t")
    data = {**SHORTEST, "credentials": {**SHORTEST["credentials"], "directory": str(tmp_path)}, **change}

    found = problems(data)

    assert [one for one in found if one.startswith(sentence)], found


@pytest.mark.req("CP-43")
def test_all_mistakes_are_listed_at_once(tmp_path: Path) -> None:
    data = yaml.safe_load(EVERYTHING.replace("DIRECTORY", str(tmp_path)))
    data["models"][0] |= {"temperature": 9, "baseUrl": "x"}
    data["models"][1]["name"] = "main"
    data["surprise"] = True
    del data["bot"]["name"]

    found = problems(data)

    text = "\n".join(found)
    for expected in (
        "bot.name is missing",
        "surprise is not a known field",
        "models[0].temperature is 9; it must be at most 2",
        "models[0].apiVersion is",
        "models[0].baseUrl is not a whole address",
        'models[1].name is "main", as models[0].name is',
        'credentials.keys[0].name: The credential "discord-token" has no file',
        'credentials.keys[3].name: The credential "postgresql-password" has no file',
    ):
        assert expected in text
    with pytest.raises(ConfigurationInvalid) as error:
        parse(data)
    assert error.value.problems == found


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"bot: [", "is not YAML in line 1"),
        (b"\xff\xfe\x00", "can't be read"),
    ],
)
def test_what_is_no_yaml_is_named(content: bytes, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(content)

    with pytest.raises(ConfigurationInvalid, match=sentence):
        read(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"nowhere\.yaml can't be read: No such file"):
        read(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("data", [None, [], "bot", 3])
def test_what_is_no_mapping_is_one_mistake(data: object) -> None:
    assert problems(data) == ("The configuration is not a mapping; begin with bot: {name: …}.",)
