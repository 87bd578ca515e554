"""The file that the operator renders is one that the bot accepts, whatever the API server lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import class_spec as class_of
from samples import effective_bot, spec

from botpod.config import credentials as bot_credentials
from botpod.config.checks import CHECKS
from botpod.config.hot import left_over
from botpod.config.live import revision as bot_revision
from botpod.config.load import problems, read
from botpod.config.schema import Configuration, FlagsSection
from botpod_operator.api.shared import Limits
from botpod_operator.desired.botconfig import render, rolling
from botpod_operator.desired.configmap import FILE, revision
from botpod_operator.desired.secret import DELIVERY_FILE
from botpod_operator.policies import FLAGS, Subject, judge

if TYPE_CHECKING:
    from pathlib import Path

    from botpod_operator.effective import Effective

NAMES = st.from_regex(r"\A[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?\Z")
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=60)
LEVELS = st.sampled_from(["DEBUG", "INFO", "WARNING", "ERROR"])
PROVIDERS = ["OpenAI", "AzureOpenAI", "Anthropic"]
KINDS = ["Anthropic", "OpenAI", "AzureOpenAI", "GitHub", "Redis", "PostgreSQL", "Opaque"]
RESERVED = {"redis-password", "postgresql-password", "discord-token"}


def _optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def _limits() -> st.SearchStrategy[dict[str, int]]:
    schema = Limits.model_json_schema()["properties"]
    bounds = {name: field["anyOf"][0] for name, field in schema.items()}
    return _optional(
        **{name: st.integers(bound["minimum"], bound["maximum"]) for name, bound in bounds.items()}
    )


LOGGING = _optional(level=LEVELS, levels=st.dictionaries(TEXTS, LEVELS, max_size=3))


def _models(credentials: st.SearchStrategy[str | None]) -> st.SearchStrategy[list[dict[str, Any]]]:
    model = st.fixed_dictionaries(
        {
            "name": NAMES,
            "provider": st.sampled_from(PROVIDERS),
            "model": TEXTS,
            "credential": credentials,
        },
        optional={
            "maxTokens": st.integers(1, 1_000_000),
            "temperature": st.floats(0, 2),
            "timeoutSeconds": st.integers(1, 600),
            "whenDeclined": st.sampled_from(["Tell", "AskNext"]),
            "compatibility": _optional(
                maxTokensField=st.sampled_from(["Auto", "MaxTokens", "MaxCompletionTokens"]),
                requiresFinishReason=st.booleans(),
                beginsThinking=st.booleans(),
            ),
        },
    )
    return st.lists(model, max_size=4, unique_by=lambda entry: entry["name"])


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what the API server would accept in a BotInstance."""
    names = NAMES.filter(lambda name: name not in RESERVED)
    keys = draw(
        st.none()
        | st.lists(
            st.fixed_dictionaries({"name": names, "kind": st.sampled_from(KINDS)}),
            max_size=5,
            unique_by=lambda key: key["name"],
        )
    )
    known: st.SearchStrategy[str | None] = st.none()
    credentials: dict[str, Any] = {"secretRef": {"name": "mine"}}
    if keys is not None:
        credentials["keys"] = [{"name": "discord-token", "kind": "DiscordToken"}, *keys]
        known = st.none() | st.sampled_from([key["name"] for key in credentials["keys"]])
    else:
        known = st.none() | names
    fields = draw(
        _optional(
            models=_models(known),
            skills=st.just([{"name": "chat", "settings": {}}]),
            instructions=TEXTS,
            commandPrefix=st.from_regex(r"\A[!-~]{1,5}\Z"),
            limits=_limits(),
            discord=_optional(shards=st.integers(1, 1000) | st.just("Auto"), delivery=st.just("Gateway"))
            | st.just({"delivery": "Interactions"}),
            logging=LOGGING,
            flags=st.dictionaries(st.sampled_from(sorted(FLAGS)), st.booleans()),
            autoscaling=st.fixed_dictionaries({"maxReplicas": st.integers(1, 1000)}),
            replicas=st.integers(0, 1000),
        )
    )
    return {"credentials": credentials, **fields}


PASSWORD = _optional(passwordSecretRef=st.just({"name": "x", "key": "password"}))
CLASSES = _optional(
    discord=st.fixed_dictionaries(
        {"apiUrl": st.sampled_from(["http://10.0.0.1:8080/api/v10/", "https://d/v10"])}
    ),
    providers=_optional(
        openAI=st.just({"baseUrl": "http://10.0.0.1:9000/v1"}),
        anthropic=st.just({"baseUrl": "http://10.0.0.1:9000"}),
        azureOpenAI=st.just({"baseUrl": "https://x.openai.azure.com", "apiVersion": "2024-10-21"}),
    ),
    state=_optional(
        redis=PASSWORD.map(lambda part: {"url": "redis://redis:6379/0", **part}),
        postgresql=PASSWORD.map(lambda part: {"url": "postgresql://botpod@pg:5432/botpod", **part}),
    ),
    defaults=_optional(limits=_limits(), logging=LOGGING, instructions=TEXTS, models=_models(st.none())),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


def _read(effective: Effective, directory: Path) -> Any:
    path = directory / "config.yaml"
    path.write_text(render(effective), encoding="utf-8")
    return read(path)


@settings(deadline=None, max_examples=60)  # a busy machine is no mistake of the file
@given(instance=specs(), of_class=CLASSES)
def test_whatever_is_accepted_renders_a_file_the_bot_accepts(
    instance: dict[str, Any], of_class: dict[str, Any], files: Path
) -> None:
    effective = effective_bot(spec=instance, class_spec=of_class)
    subject = Subject(spec=spec(**instance), class_spec=class_of(**of_class), effective=effective)
    if judge(subject):
        return  # said in the condition; nothing is rendered
    assert problems(_read(effective, files), checks=CHECKS) == ()
    assert _read(effective, files)["instructions"] == effective.instructions


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_provider_reaches_the_file(provider: str, tmp_path: Path) -> None:
    """The property above could pass by refusing everything; these must be accepted."""
    instance = {"models": [{"name": "main", "provider": provider, "model": "m"}]}
    of_class = {"providers": {"azureOpenAI": {"baseUrl": "https://x.openai.azure.com"}}}
    effective = effective_bot(spec=instance, class_spec=of_class)
    subject = Subject(spec=spec(**instance), class_spec=class_of(**of_class), effective=effective)
    assert judge(subject) == ()
    content = _read(effective, tmp_path)
    assert problems(content, checks=CHECKS) == ()
    assert content["models"][0]["provider"] == provider


HOT = {
    "instructions": "Be brief.",
    "limits": {"messagesPerUser": 1},
    "flags": {"memory": False},
    "logging": {"level": "DEBUG"},
    "skills": [{"name": "chat", "settings": {"historyMessages": 1}}],
}
COLD = {
    "commandPrefix": "?",
    "discord": {"shards": 2},
    "models": [{"name": "main", "provider": "OpenAI", "model": "m"}],
    "skills": [],
}


@pytest.mark.parametrize("field", [*HOT, *(f"{name} (rolls)" for name in COLD)])
def test_the_operator_rolls_the_pods_for_what_a_bot_does_not_swap_and_for_nothing_else(
    field: str, tmp_path: Path
) -> None:
    name, _, rolls = field.partition(" ")
    change = {name: (COLD if rolls else HOT)[name]}
    before, after = effective_bot(), effective_bot(spec=change)
    running, found = (
        Configuration.model_validate(_read(effective, tmp_path)) for effective in (before, after)
    )
    assert running != found
    assert (rolling(before) != rolling(after)) == bool(left_over(running, found)) == bool(rolls)


def test_every_flag_that_the_operator_takes_is_one_that_the_bot_has() -> None:
    assert set(FlagsSection.model_fields) == FLAGS


@pytest.mark.parametrize("text", ["", "a: 1\n", "ä" * 1000])
def test_both_give_a_configuration_the_same_revision(text: str) -> None:
    assert bot_revision(text.encode()) == revision({"data": {FILE: text}})


def test_both_call_the_file_with_the_delivery_the_same() -> None:
    assert bot_credentials.DELIVERY_FILE == DELIVERY_FILE
