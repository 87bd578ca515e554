"""What only the operator can judge: each problem by its reason, with a sentence that says what to do."""

from __future__ import annotations

from typing import Any

import pytest
from samples import class_spec as class_of
from samples import effective_bot, spec

from botpod_operator.policies import Problem, Subject, class_missing, judge

TOKEN = {"name": "discord-token", "kind": "DiscordToken"}


def _judged(instance: dict[str, Any], of_class: dict[str, Any]) -> tuple[Problem, ...]:
    return judge(
        Subject(
            spec=spec(**instance),
            class_spec=class_of(**of_class),
            effective=effective_bot(spec=instance, class_spec=of_class),
        )
    )


def _with_keys(*keys: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {"credentials": {"secretRef": {"name": "x"}, "keys": [TOKEN, *keys]}, **fields}


def _model(provider: str, **fields: str) -> list[dict[str, str]]:
    return [{"name": "main", "provider": provider, "model": "m", **fields}]


@pytest.mark.parametrize(
    ("instance", "of_class", "reason", "sentence"),
    [
        (
            {"skills": [{"name": "chat"}, {"name": "dance"}]},
            {},
            "UnknownSkill",
            'spec.skills: BotClass "default" has no skill "dance"; it has chat.',
        ),
        (
            {"models": _model("AzureOpenAI")},
            {},
            "ProviderNotConfigured",
            (
                'spec.models: model "main" needs providers.azureOpenAI.baseUrl in BotClass "default"; ask '
                "for it or use another provider."
            ),
        ),
        (
            _with_keys(models=_model("Anthropic")),
            {},
            "CredentialNotListed",
            (
                'spec.models: model "main" needs a credential; add a key of kind Anthropic to '
                "spec.credentials.keys and name it in the model."
            ),
        ),
        (
            _with_keys({"name": "k", "kind": "GitHub"}, models=_model("OpenAI", credential="k")),
            {},
            "CredentialOfOtherKind",
            (
                'spec.models: model "main" would send "k" to OpenAI, but its kind is GitHub; name a key of '
                "kind OpenAI."
            ),
        ),
        (
            _with_keys(),
            {"defaults": {"models": _model("OpenAI", credential="class-key")}},
            "CredentialNotListed",
            (
                'spec.models: model "main" names the credential "class-key", which spec.credentials.keys '
                "doesn't list; add it there."
            ),
        ),
        (
            {"credentials": {"vault": {"path": "a"}}},
            {},
            "VaultNotConfigured",
            'spec.credentials.vault: BotClass "default" has no vault; use secretRef or a class that has one.',
        ),
    ],
)
def test_each_problem(instance: dict[str, Any], of_class: dict[str, Any], reason: str, sentence: str) -> None:
    assert _judged(instance, of_class) == (Problem(reason=reason, message=sentence),)


def test_all_problems_are_told_at_once() -> None:
    instance = {"skills": [{"name": "a"}, {"name": "b"}], "credentials": {"vault": {"path": "a"}}}
    assert [problem.reason for problem in _judged(instance, {})] == [
        "UnknownSkill",
        "UnknownSkill",
        "VaultNotConfigured",
    ]


@pytest.mark.parametrize(
    "instance",
    [
        {},
        _with_keys(models=_model("OpenAI")),
        _with_keys({"name": "k", "kind": "Opaque"}, models=_model("Anthropic", credential="k")),
        {"skills": []},
    ],
)
def test_what_fits_is_accepted(instance: dict[str, Any]) -> None:
    assert _judged(instance, {}) == ()


def test_a_missing_class_is_named() -> None:
    assert class_missing("gold").message.startswith('spec.className: there is no BotClass "gold"; create it')
