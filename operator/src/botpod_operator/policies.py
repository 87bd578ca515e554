"""What only the operator can judge before it touches anything: small pure checks, one problem each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import ValidationError

    from botpod_operator.api.botclass import BotClassSpec
    from botpod_operator.api.botinstance import BotInstanceSpec
    from botpod_operator.effective import Effective


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a bot can't be run as it is written: ``reason`` for machines, ``message`` says what to do."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the checks look at."""

    spec: BotInstanceSpec
    class_spec: BotClassSpec
    effective: Effective


FLAGS = frozenset({"memory", "streaming", "typing"})
"""The flags that the bot knows; a contract test holds them to its configuration."""

type Check = Callable[[Subject], Iterator[Problem]]


def class_missing(name: str) -> Problem:
    """There is no such class: nothing else can be judged."""
    return Problem(
        reason="ClassNotFound",
        message=f'spec.className: there is no BotClass "{name}"; create it or name one that '
        "`kubectl get botclasses` lists.",
    )


def not_understood(error: ValidationError) -> Problem:
    """The spec is of another version of the API than this operator."""
    fields = ", ".join(".".join(map(str, detail["loc"])) for detail in error.errors())
    return Problem(
        reason="NotUnderstood",
        message=f"spec: this operator does not understand {fields}; bring the CRDs and the operator to the "
        "same version.",
    )


def unknown_skills(subject: Subject) -> Iterator[Problem]:
    """Skills that the class doesn't allow."""
    allowed = subject.class_spec.skills
    for skill in subject.effective.skills:
        if skill.name not in allowed:
            yield Problem(
                reason="UnknownSkill",
                message=f'spec.skills: BotClass "{subject.spec.class_name}" has no skill "{skill.name}"; '
                f"it has {', '.join(allowed)}.",
            )


def unknown_flags(subject: Subject) -> Iterator[Problem]:
    """Flags that no bot has."""
    for name in sorted(subject.effective.flags.keys() - FLAGS):
        yield Problem(
            reason="UnknownFlag",
            message=f'spec.flags: there is no flag "{name}"; use {", ".join(sorted(FLAGS))}.',
        )


def provider_addresses(subject: Subject) -> Iterator[Problem]:
    """Models whose provider has no address."""
    for model in subject.effective.models:
        if model.base_url is None:
            yield Problem(
                reason="ProviderNotConfigured",
                message=f'spec.models: model "{model.name}" needs providers.azureOpenAI.baseUrl in BotClass '
                f'"{subject.spec.class_name}"; ask for it or use another provider.',
            )


def model_credentials(subject: Subject) -> Iterator[Problem]:
    """Models whose credential is missing or of another kind."""
    kinds = {key.name: key.kind for key in subject.effective.keys}
    for model in subject.effective.models:
        where = f'spec.models: model "{model.name}"'
        if model.credential is None:
            if model.provider != "OpenAI":  # compatible servers may need none
                yield Problem(
                    reason="CredentialNotListed",
                    message=f"{where} needs a credential; add a key of kind {model.provider} to "
                    "spec.credentials.keys and name it in the model.",
                )
        elif model.credential not in kinds:
            yield Problem(
                reason="CredentialNotListed",
                message=f'{where} names the credential "{model.credential}", which spec.credentials.keys '
                "doesn't list; add it there.",
            )
        elif kinds[model.credential] not in {model.provider, "Opaque"}:
            yield Problem(
                reason="CredentialOfOtherKind",
                message=f'{where} would send "{model.credential}" to {model.provider}, but its kind is '
                f"{kinds[model.credential]}; name a key of kind {model.provider}.",
            )


def vault_address(subject: Subject) -> Iterator[Problem]:
    """Vault is asked for, and the class has none."""
    if subject.spec.credentials.vault is not None and subject.class_spec.vault is None:
        yield Problem(
            reason="VaultNotConfigured",
            message=f'spec.credentials.vault: BotClass "{subject.spec.class_name}" has no vault; '
            "use secretRef or a class that has one.",
        )


CHECKS: tuple[Check, ...] = (
    unknown_skills,
    unknown_flags,
    provider_addresses,
    model_credentials,
    vault_address,
)


def judge(subject: Subject) -> tuple[Problem, ...]:
    """Return every problem; empty means accepted."""
    return tuple(problem for check in CHECKS for problem in check(subject))
