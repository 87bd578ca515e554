"""From variables to what a configuration file would hold, and to the credentials beside it. Pure.

Everything that is wrong is found in one go; a sentence names the variable and what to do, never its value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from botpod.config.schema import DISCORD_API
from botpod.environment.addresses import NotAnAddress, database, redis
from botpod.environment.levels import levels
from botpod.environment.names import unread
from botpod.environment.stage import DEBUGGED, DIRECTORIES, level, stage
from botpod.environment.values import cleaned, typed
from botpod.environment.vendors import models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic import SecretStr

    from botpod.environment.addresses import Address
    from botpod.environment.variables import Environment, Variables

DATABASE_FILE = "botpod.db"
_VENDOR_KEYS = ("openai_api_key", "anthropic_api_key", "azure_openai_api_key", "openai_base_url")


@dataclass(slots=True)
class Decision:
    """What the variables amount to.

    ``data`` has a configuration file's shape, ``secrets`` the values of ``data["credentials"]["keys"]``; both
    are whole only without ``problems``. ``names``: which variable a field comes from, by its path.
    """

    environment: Environment
    data: dict[str, Any]
    secrets: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    directory: PurePath | None = None
    """Where the bot keeps its database; None where that is elsewhere."""
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def rename(self, problems: Iterable[str]) -> tuple[str, ...]:
        """Return sentences about ``data`` that name the variable in place of the field."""
        return tuple(self._renamed(problem) for problem in problems)

    def _renamed(self, problem: str) -> str:
        for path in sorted(self.names, key=len, reverse=True):
            if problem.startswith(path):
                return self.names[path] + problem.removeprefix(path)
        return problem


def decide(given: Mapping[str, str], *, in_file: Iterable[str] = ()) -> Decision:
    """Return what the variables ``given`` amount to, their names in any case.

    ``in_file``: the names that stand in ``.env``; only of those it is told when they aren't known.
    """
    values = cleaned(given)
    found = typed(values)
    variables = found.variables
    environment, contradictions = stage(variables)
    by_logger, wrong_levels = levels(values)
    decision = Decision(environment, {})
    decision.problems += (*found.problems, *contradictions, *wrong_levels)
    decision.warnings += unread(sorted({name.lower() for name in in_file}))
    decision.data = {
        "bot": {"name": variables.bot_name},
        "discord": {"apiUrl": variables.discord_api_url or DISCORD_API},
        "credentials": {"keys": []},
        "skills": [{"name": name} for name in variables.skills],
        "instructions": variables.instructions,
        "commandPrefix": variables.command_prefix,
        "limits": _limits(variables),
        "state": {"sql": {"groupReads": True}},
        "server": _server(variables),
        "logging": {
            "level": level(variables, environment),
            "levels": {**(DEBUGGED if variables.debug else {}), **by_logger},
        },
    }
    decision.names |= {"discord.apiUrl": "DISCORD_API_URL", "skills": "SKILLS"}
    decision.names |= {"server.publicPort": "PORT", "server.internalPort": "INTERNAL_PORT"}
    if variables.metrics_key is not None:
        _key(decision, "metrics-key", "Opaque", variables.metrics_key)
        decision.data["server"]["metricsCredential"] = "metrics-key"
    _token(decision, variables, found.wrong)
    _models(decision, variables, found.wrong)
    _state(decision, variables, values.get("state_directory"))
    return decision


def _key(decision: Decision, name: str, kind: str, value: SecretStr | str | None) -> None:
    plain = value if isinstance(value, str) or value is None else value.get_secret_value()
    if plain is not None:
        decision.data["credentials"]["keys"].append({"name": name, "kind": kind})
        decision.secrets[name] = plain


def _token(decision: Decision, variables: Variables, wrong: frozenset[str]) -> None:
    token = variables.discord_token or variables.discord_bot_token
    if token is None and not wrong & {"discord_token", "discord_bot_token"}:
        decision.problems.append(
            "DISCORD_TOKEN is missing; give it the bot's token from Discord's developer portal"
            " (Bot, Reset Token)."
        )
    _key(decision, "discord-token", "DiscordToken", token)


def _models(decision: Decision, variables: Variables, wrong: frozenset[str]) -> None:
    found = models(variables)
    decision.data["models"] = found.entries
    decision.names |= found.names
    # A variable that is there and wrong has been told; that it is missing too would mislead.
    decision.problems += (one for one in found.problems if one.partition(" ")[0].lower() not in wrong)
    decision.warnings += found.warnings
    if not (found.entries or found.problems or wrong & {*_VENDOR_KEYS}):
        decision.problems.append(
            "OPENAI_API_KEY, ANTHROPIC_API_KEY and AZURE_OPENAI_API_KEY are missing; give one of them a"
            " vendor's key, or OPENAI_BASE_URL the address of a server without one."
        )
    for name, (kind, variable) in found.keys.items():
        _key(decision, name, kind, getattr(variables, variable))


def _limits(variables: Variables) -> dict[str, Any]:
    wanted = {
        "messagesPerUser": variables.messages_per_user,
        "windowSeconds": variables.messages_window_seconds,
    }
    return {key: value for key, value in wanted.items() if value is not None}


def _server(variables: Variables) -> dict[str, Any]:
    wanted = {
        "publicPort": variables.port or variables.analytics_dashboard_port,
        "publicHost": variables.listen_host,
        "internalPort": variables.internal_port,
        "internalHost": variables.internal_host,
    }
    return {key: value for key, value in wanted.items() if value is not None}


def _state(decision: Decision, variables: Variables, state_directory: str | None) -> None:
    state = decision.data["state"]
    sql = _address(decision, "DATABASE_URL", variables.database_url, database)
    if sql is not None:
        state["sql"]["url"] = sql.url
        decision.names["state.sql.url"] = "DATABASE_URL"
        if sql.password is not None:
            _key(decision, "postgresql-password", "PostgreSQL", sql.password)
            state["sql"]["credential"] = "postgresql-password"
    elif variables.database_url is None:
        chosen = variables.data_directory or (state_directory or "").partition(":")[0]
        decision.directory = PurePath(chosen or DIRECTORIES[decision.environment])
        state["sql"]["url"] = f"sqlite+aiosqlite:///{decision.directory / DATABASE_FILE}"
        decision.names["state.sql.url"] = "DATA_DIRECTORY"
    store = _address(decision, "REDIS_URL", variables.redis_url, redis)
    if store is not None:
        state["redis"] = {"url": store.url}
        decision.names["state.redis.url"] = "REDIS_URL"
        if store.password is not None:
            _key(decision, "redis-password", "Redis", store.password)
            state["redis"]["credential"] = "redis-password"


def _address(
    decision: Decision, name: str, value: SecretStr | None, read: Callable[[str], Address]
) -> Address | None:
    if value is None:
        return None
    try:
        return read(value.get_secret_value())
    except NotAnAddress as error:
        decision.problems.append(f"{name} {error}.")
        return None
