"""What of a ``.env`` a BotInstance can't say, line by line with the reason. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.environment.levels import PREFIX
from botpod.environment.names import why_unread
from botpod.environment.variables import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ADDRESS = "addresses that a credential is sent to are the platform team's, in the BotClass's {}"
_PORTS = "in a cluster the ports are 8080 and 9090, and a Service leads to them"
_LEVEL_ONLY = "a BotInstance has no such stage; the log level that follows from it is carried over"
REASONS: Mapping[str, str] = {
    "discord_api_url": _ADDRESS.format("discord.apiUrl"),
    "openai_base_url": _ADDRESS.format("providers.openAI.baseUrl"),
    "anthropic_base_url": _ADDRESS.format("providers.anthropic.baseUrl"),
    "azure_openai_endpoint": _ADDRESS.format("providers.azureOpenAI.baseUrl"),
    "azure_openai_api_version": _ADDRESS.format("providers.azureOpenAI.apiVersion"),
    "openai_api_version": _ADDRESS.format("providers.azureOpenAI.apiVersion"),
    "database_url": (
        "the database is the BotClass's state.postgresql, its password in a Secret that it names;"
        " what is in this one is not moved"
    ),
    "redis_url": "Redis is the BotClass's state.redis, its password in a Secret that it names",
    "data_directory": "without PostgreSQL in the BotClass a bot keeps its data on its class's state.volume",
    "port": _PORTS,
    "analytics_dashboard_port": _PORTS,
    "listen_host": _PORTS,
    "internal_port": _PORTS,
    "internal_host": _PORTS,
    "metrics_key": "in a cluster the details are on the internal port, 9090, which needs no key",
    "environment": _LEVEL_ONLY,
    "production_mode": _LEVEL_ONLY,
    "debug": _LEVEL_ONLY,
}


def leftover(lines: Iterable[tuple[int, str]], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each of the ``lines`` (number, name) that is not carried over whole.

    ``values``: the variables as :func:`botpod.environment.values.cleaned` returns them.
    """
    said = []
    for number, name in lines:
        reason = _reason(name.lower(), values)
        if reason is not None:
            said.append(f"line {number}, {name}: {reason}.")
    return tuple(said)


def _reason(name: str, values: Mapping[str, str]) -> str | None:
    if name not in values:
        return "it is empty"
    if name not in KNOWN and not name.startswith(PREFIX):
        return (why_unread(name) or "the bot knows no such variable").rstrip(".")
    if (name.startswith(PREFIX) or name == "log_level") and values[name].upper() in {"CRITICAL", "FATAL"}:
        return "a BotInstance's highest level is ERROR, which is written instead"
    return REASONS.get(name)
