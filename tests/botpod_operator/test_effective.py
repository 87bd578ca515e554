"""What is in force: the instance's word, then the class's, then the built-in one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import effective_bot

from botpod_operator.api.shared import Limits, Logging
from botpod_operator.effective import INSTRUCTIONS, LIMITS, RESOURCES, merge_limits, merge_logging
from botpod_operator.reporting.inforce import in_force

BY_HTTP = {"discord": {"delivery": "Interactions"}}
MODEL = {"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}
CLAUDE = {"name": "spare", "provider": "Anthropic", "model": "claude-haiku-4-5"}
FIELDS = list(Limits.model_fields)
SOME_LIMITS = st.none() | st.dictionaries(st.sampled_from(FIELDS), st.integers(1, 1000)).map(
    lambda fields: Limits(**fields)
)
LEVELS = st.sampled_from(["DEBUG", "INFO", "WARNING", "ERROR"])
SOME_LOGGING = st.none() | st.builds(
    Logging,
    level=st.none() | LEVELS,
    levels=st.none() | st.dictionaries(st.sampled_from(["a", "b", "c"]), LEVELS),
)


@settings(deadline=None)
@given(own=SOME_LIMITS, of_class=SOME_LIMITS)
def test_limits_merge_field_by_field(own: Limits | None, of_class: Limits | None) -> None:
    merged = merge_limits(own, of_class)
    for field in FIELDS:
        candidates = [getattr(layer, field) for layer in (own, of_class, LIMITS) if layer is not None]
        assert getattr(merged, field) == next(value for value in candidates if value is not None)


@settings(deadline=None)
@given(own=SOME_LOGGING, of_class=SOME_LOGGING)
def test_logging_merges_level_and_each_logger(own: Logging | None, of_class: Logging | None) -> None:
    merged = merge_logging(own, of_class)
    layers = [layer for layer in (own, of_class) if layer is not None]
    assert merged.level == next((layer.level for layer in layers if layer.level), "INFO")
    for logger in ("a", "b", "c"):
        wanted = next((layer.levels[logger] for layer in layers if logger in (layer.levels or {})), None)
        assert (merged.levels or {}).get(logger) == wanted


def test_a_bare_bot_is_built_in_throughout() -> None:
    bot = effective_bot()
    assert (bot.image, bot.instructions, bot.command_prefix) == ("registry.invalid/bot:1", INSTRUCTIONS, "!")
    assert bot.resources == RESOURCES
    assert [skill.name for skill in bot.skills] == ["chat"]
    assert [key.name for key in bot.keys] == ["discord-token"]
    assert bot.addresses.discord == "https://discord.com/api/v10"
    assert bot.shards == "Auto"


@pytest.mark.parametrize(
    ("field", "of_class", "own", "seen"),
    [
        ("image", {"image": "c"}, {"image": "i"}, lambda bot: bot.image),
        (
            "instructions",
            {"defaults": {"instructions": "c"}},
            {"instructions": "i"},
            lambda b: b.instructions,
        ),
        (
            "models",
            {"defaults": {"models": [MODEL]}},
            {"models": [CLAUDE]},
            lambda bot: bot.models[0].name,
        ),
        (
            "resources",
            {"defaults": {"resources": {"requests": {"cpu": "1"}}}},
            {"pod": {"resources": {"requests": {"cpu": "2"}}}},
            lambda bot: bot.resources.requests["cpu"],
        ),
    ],
)
def test_the_instance_wins_over_the_class(
    field: str, of_class: dict[str, Any], own: dict[str, Any], seen: Any
) -> None:
    from_class, from_instance = (
        {"image": "c", "models": "main", "resources": "1"},
        {
            "image": "i",
            "models": "spare",
            "resources": "2",
        },
    )
    assert seen(effective_bot(class_spec=of_class)) == from_class.get(field, "c")
    assert seen(effective_bot(spec=own, class_spec=of_class)) == from_instance.get(field, "i")


def test_flags_merge_flag_by_flag_and_the_instance_wins() -> None:
    of_class = {"defaults": {"flags": {"threads": True, "welcome": True}}}
    assert effective_bot().flags == {}
    assert effective_bot(class_spec=of_class).flags == {"threads": True, "welcome": True}
    bot = effective_bot(spec={"flags": {"welcome": False, "memory": True}}, class_spec=of_class)
    assert bot.flags == {"threads": True, "welcome": False, "memory": True}


def test_the_application_is_the_one_the_owner_names() -> None:
    assert effective_bot().application_id is None
    assert effective_bot(spec={"discord": {}}).application_id is None
    bot = effective_bot(spec={"discord": {"applicationId": "123456789012345678"}})
    assert bot.application_id == "123456789012345678"


@pytest.mark.parametrize(
    ("path", "own", "of_class"),
    [
        ("image", {"image": "i"}, {"image": "c"}),
        ("instructions", {"instructions": "i"}, {"defaults": {"instructions": "c"}}),
        ("models", {"models": []}, {"defaults": {"models": [MODEL]}}),
        ("resources", {"pod": {"resources": {}}}, {"defaults": {"resources": {}}}),
        ("limits.concurrent", {"limits": {"concurrent": 1}}, {"defaults": {"limits": {"concurrent": 2}}}),
        ("flags.a", {"flags": {"a": False}}, {"defaults": {"flags": {"a": True}}}),
        ("logging.level", {"logging": {"level": "INFO"}}, {"defaults": {"logging": {"level": "DEBUG"}}}),
        (
            "logging.levels.x",
            {"logging": {"levels": {"x": "INFO"}}},
            {"defaults": {"logging": {"levels": {"x": "DEBUG"}}}},
        ),
        ("shards", {"discord": {"shards": 2}}, None),
        ("delivery", {"discord": {"delivery": "Gateway"}}, None),
        ("skills", {"skills": [{"name": "chat"}]}, None),
        ("commandPrefix", {"commandPrefix": "?"}, None),
        ("state", None, {"state": {"redis": {"url": "redis://r:6379/0"}}}),
    ],
)
def test_where_a_value_comes_from(
    path: str, own: dict[str, Any] | None, of_class: dict[str, Any] | None
) -> None:
    built_in = "BotClass" if path == "image" else "BuiltIn"
    assert effective_bot().origins.get(path, "BuiltIn") == built_in
    if of_class is not None:
        assert effective_bot(class_spec=of_class).origins[path] == "BotClass"
    if own is not None:
        assert effective_bot(spec=own, class_spec=of_class).origins[path] == "BotInstance"


def test_replicas_that_the_state_does_not_allow_are_the_classs_doing() -> None:
    assert effective_bot(spec={"replicas": 3}).origins["replicas"] == "BotClass"
    assert effective_bot(spec={"replicas": 1}).origins["replicas"] == "BotInstance"
    assert effective_bot(spec={"replicas": 3, "suspend": True}).origins["replicas"] == "BotInstance"


@pytest.mark.parametrize("delivery", ["Gateway", "Interactions"])
def test_every_value_the_status_shows_has_an_origin(delivery: str) -> None:
    bot = effective_bot(
        spec={"flags": {"a": True}, "logging": {"levels": {"x": "INFO"}}, "discord": {"delivery": delivery}},
        class_spec={"interactions": {"host": "bots.example.com"}},
    )
    shown = in_force(bot).model_dump(by_alias=True, exclude_none=True)
    for name in ("className", "classGeneration", "sources"):
        del shown[name]
    inner = {"limits", "flags", "logging"}
    paths = {f"{key}.{name}" for key in inner for name in shown[key]} | (shown.keys() - inner)
    levels = {f"logging.levels.{name}" for name in shown["logging"]["levels"]}
    assert (paths - {"logging.levels"}) | levels == bot.origins.keys()


def test_an_empty_list_of_models_is_a_choice() -> None:
    assert effective_bot(spec={"models": []}, class_spec={"defaults": {"models": [MODEL]}}).models == ()


def test_keys_left_out_are_what_the_models_need() -> None:
    bot = effective_bot(spec={"models": [MODEL, CLAUDE, {**MODEL, "name": "third"}]})
    assert [(key.name, key.kind) for key in bot.keys] == [
        ("discord-token", "DiscordToken"),
        ("openai-api-key", "OpenAI"),
        ("anthropic-api-key", "Anthropic"),
    ]
    assert [model.credential for model in bot.models] == [
        "openai-api-key",
        "anthropic-api-key",
        "openai-api-key",
    ]


def test_a_compatible_server_may_need_no_key() -> None:
    keys = [{"name": "discord-token", "kind": "DiscordToken"}]
    bot = effective_bot(spec={"models": [MODEL], "credentials": {"secretRef": {"name": "x"}, "keys": keys}})
    assert bot.models[0].credential is None


def test_addresses_come_from_the_class() -> None:
    bot = effective_bot(
        spec={"models": [MODEL, CLAUDE]},
        class_spec={"providers": {"openAI": {"baseUrl": "http://10.0.0.1/v1"}}},
    )
    assert [model.base_url for model in bot.models] == ["http://10.0.0.1/v1", "https://api.anthropic.com"]


@pytest.mark.parametrize(
    ("state", "replicas", "runs", "reason"),
    [
        ({}, 3, 1, "NoRedis"),
        ({"redis": {"url": "redis://r:6379/0"}}, 3, 1, "NoPostgreSQL"),
        ({"postgresql": {"url": "postgresql://b@p/b"}}, 3, 1, "NoRedis"),
        (
            {"redis": {"url": "redis://r:6379/0"}, "postgresql": {"url": "postgresql://b@p/b"}},
            3,
            3,
            "SharedState",
        ),
        ({}, 0, 0, "NoRedis"),
    ],
)
def test_how_many_pods_the_state_allows(state: dict[str, Any], replicas: int, runs: int, reason: str) -> None:
    bot = effective_bot(spec={"replicas": replicas}, class_spec={"state": state})
    assert (bot.replicas, bot.continuity.reason) == (runs, reason)


@pytest.mark.parametrize(
    ("state", "runs", "reason"),
    [
        ({}, 1, "NoPostgreSQL"),
        ({"redis": {"url": "redis://r:6379/0"}}, 1, "NoPostgreSQL"),
        ({"postgresql": {"url": "postgresql://b@p/b"}}, 3, "Stateless"),
        (
            {"redis": {"url": "redis://r:6379/0"}, "postgresql": {"url": "postgresql://b@p/b"}},
            3,
            "SharedState",
        ),
    ],
)
def test_what_discord_posts_to_needs_no_redis(state: dict[str, Any], runs: int, reason: str) -> None:
    bot = effective_bot(spec={"replicas": 3, **BY_HTTP}, class_spec={"state": state})
    assert (bot.replicas, bot.continuity.reason) == (runs, reason)
    assert bot.continuity.holds == (runs == 3)
    assert ("replicas is 3" in bot.continuity.message) == (runs == 1)


def test_the_status_tells_what_to_write_into_discords_portal() -> None:
    of_class = {"interactions": {"host": "bots.example.com"}}
    bot = effective_bot(spec=BY_HTTP, class_spec=of_class, namespace="team")
    shown = in_force(bot)
    assert shown.interactions_url == "https://bots.example.com/team/hello/interactions"
    assert (shown.delivery, shown.shards) == ("Interactions", None)
    assert in_force(effective_bot(class_spec=of_class)).interactions_url is None
    assert in_force(effective_bot(spec=BY_HTTP)).interactions_url is None


def test_a_password_of_the_class_wins_over_a_key_of_that_kind() -> None:
    keys = [{"name": "discord-token", "kind": "DiscordToken"}, {"name": "own", "kind": "Redis"}]
    credentials = {"secretRef": {"name": "x"}, "keys": keys}
    url = {"url": "redis://r:6379/0"}
    own = effective_bot(spec={"credentials": credentials}, class_spec={"state": {"redis": url}})
    assert own.state.redis_credential == "own"
    with_ref = {"redis": {**url, "passwordSecretRef": {"name": "s"}}}
    theirs = effective_bot(spec={"credentials": credentials}, class_spec={"state": with_ref})
    assert theirs.state.redis_credential == "redis-password"
    assert "redis-password" in {key.name for key in theirs.keys}
