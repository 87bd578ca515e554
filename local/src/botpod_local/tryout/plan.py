"""What a tryout consists of, decided from the environment before anything is started. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_local.demo.plan import ANTHROPIC_API, DISCORD_API, OPENAI_API, STANDIN_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from botpod_local.demo.plan import Plan
    from botpod_local.standins import Discord, Models

_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|_KEY(_|$)", re.IGNORECASE)

SHORTEST_SECRET = 8
"""Anything shorter is part of other texts by chance."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """Where Discord and the vendors are: the base addresses of their APIs, without a slash at the end."""

    discord: str
    openai: str
    anthropic: str

    def model(self, provider: str) -> str:
        """Return where a provider's models are."""
        return self.anthropic if provider == "Anthropic" else self.openai


def real_services(environ: Mapping[str, str]) -> Services:
    """Return the real ones, or those that the variables name which the vendors' own programs read."""
    return Services(
        discord=_address(environ, "BOTPOD_DISCORD_API", DISCORD_API),
        openai=_address(environ, "OPENAI_BASE_URL", OPENAI_API),
        anthropic=_address(environ, "ANTHROPIC_BASE_URL", ANTHROPIC_API),
    )


def with_standins(services: Services, discord: Discord | None, models: Models | None) -> Services:
    """Return the services with stand-ins where there are any."""
    return Services(
        discord=services.discord if discord is None else discord.api_url,
        openai=services.openai if models is None else models.openai_url,
        anthropic=services.anthropic if models is None else models.anthropic_url,
    )


def without_secrets(environ: Mapping[str, str], credentials: Iterable[str]) -> dict[str, str]:
    """Return what the processes may inherit: no variable that is called or holds a secret.

    They have their credentials as files; anybody's `ps e` shows an environment.
    """
    hidden = {value for value in credentials if len(value) >= SHORTEST_SECRET}
    return {
        name: value
        for name, value in environ.items()
        if not _SECRET.search(name) and not any(secret in value for secret in hidden)
    }


def real_credentials(plan: Plan) -> dict[str, str]:
    """Return the credentials that somebody real will receive, by name."""
    return {name: value for name, value in plan.credentials.items() if value != STANDIN_KEY}


def _address(environ: Mapping[str, str], name: str, usual: str) -> str:
    return (environ.get(name, "").strip() or usual).rstrip("/")
