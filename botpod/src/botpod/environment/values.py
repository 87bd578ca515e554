"""From raw variables to typed ones, with all that is wrong about any of them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from botpod.environment.placeholders import is_placeholder
from botpod.environment.variables import KNOWN, SECRET, Variables, must

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUOTED = re.compile(r"""^(["'])(.*)\1$""", re.DOTALL)
_ADDRESSES = frozenset({"database_url", "redis_url"})
_FILLED_IN = SECRET | {name for name in KNOWN if name.endswith(("_url", "_endpoint", "_deployment", "_name"))}
"""Where an example has placeholders; elsewhere "your" and "here" are words like others."""
_WHERE: Mapping[str, str] = {
    "discord_token": "the bot's token from Discord's developer portal (Bot, Reset Token)",
    "discord_bot_token": "the bot's token from Discord's developer portal (Bot, Reset Token)",
    "openai_api_key": "a key from OpenAI's page of API keys",
    "anthropic_api_key": "a key from Anthropic's console",
    "azure_openai_api_key": "a key from the Azure portal (the resource's Keys and Endpoint)",
    "database_url": "the database's address with its real password",
    "redis_url": "the address of Redis with its real password",
}
_TWINS = (
    ("discord_token", "discord_bot_token"),
    ("port", "analytics_dashboard_port"),
    ("azure_openai_deployment", "azure_openai_deployment_name"),
    ("azure_openai_api_version", "openai_api_version"),
)
"""Two names of one thing; the first counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The variables that could be used; ``wrong`` are the lower-case names of those that couldn't."""

    variables: Variables
    wrong: frozenset[str]
    problems: tuple[str, ...]


def cleaned(given: Mapping[str, str]) -> dict[str, str]:
    """Return values by lower-case names, without blanks and quotes around them; an empty one is not set.

    A container engine's ``--env-file`` leaves the quotes that other readers of ``.env`` take away.
    """
    found: dict[str, str] = {}
    for name, value in given.items():
        plain = value.strip()
        if (quoted := _QUOTED.match(plain)) is not None:
            plain = quoted[2].strip()
        if plain:
            found[name.lower()] = plain
    return found


def typed(given: Mapping[str, str]) -> Typed:
    """Return what :func:`cleaned` variables say, and a sentence for each that is wrong."""
    known = {name: value for name, value in given.items() if name in KNOWN}
    problems: dict[str, str] = {}
    for name, value in known.items():
        if (problem := _raw_problem(name, value)) is not None:
            problems[name] = problem
    try:
        variables = Variables(**{name: value for name, value in known.items() if name not in problems})  # type: ignore[arg-type] # texts, which it reads
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False, include_context=False):
            name = str(one["loc"][0])
            problems[name] = f"{name.upper()} can't be used; it must be {must(name)}."
        variables = Variables(**{name: value for name, value in known.items() if name not in problems})  # type: ignore[arg-type] # as above
    return Typed(
        variables=variables,
        wrong=frozenset(problems),
        problems=(*problems.values(), *_differing(variables)),
    )


def _raw_problem(name: str, value: str) -> str | None:
    shown, where = name.upper(), _WHERE.get(name, "a value of your own, or take the line out")
    if (name in _FILLED_IN and is_placeholder(value)) or _password_is_placeholder(name, value):
        return f"{shown} is still the example's placeholder; put in {where}."
    if name in SECRET - _ADDRESSES:
        if value.lower().startswith(("bot ", "bearer ")):
            return f"{shown} begins with a word of the Authorization header; leave that out."
        if not value.isascii() or any(one.isspace() or not one.isprintable() for one in value):
            return f"{shown} has a blank or another character in it that no credential has; copy it again."
    return None


def _password_is_placeholder(name: str, value: str) -> bool:
    if name not in _ADDRESSES:
        return False
    password = value.rpartition("@")[0].rpartition(":")[2]
    return bool(password) and not password.startswith("//") and is_placeholder(password)


def _differing(variables: Variables) -> list[str]:
    return [
        f"{first.upper()} and {second.upper()} are two names of one thing and differ; remove one of them."
        for first, second in _TWINS
        if getattr(variables, first)
        and getattr(variables, second)
        and getattr(variables, first) != getattr(variables, second)
    ]
