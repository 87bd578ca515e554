"""Levels per component: ``LOG_LEVEL_GATEWAY=DEBUG`` is the logger ``botpod.gateway``. Pure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from botpod.environment.variables import AnyLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod.config.schema import Level

PREFIX = "log_level_"
OURS = (
    *("config", "credentials", "dispatch", "environment", "gateway", "guards", "http", "inbox"),
    *("interactions", "metrics", "models", "permissions", "replies", "skills", "state", "storage"),
)
"""The bot's own components: its folders."""
LIBRARIES = (
    *("aiohttp", "aiosqlite", "alembic", "anthropic", "asyncio", "asyncpg", "httpcore2", "httpx2"),
    *("nextcord", "openai", "redis", "sqlalchemy"),
)
"""What it is built of, by the names they log under."""
_LEVEL: TypeAdapter[Level] = TypeAdapter(AnyLevel)


def levels(given: Mapping[str, str]) -> tuple[dict[str, Level], tuple[str, ...]]:
    """Return levels by logger, and what is wrong, each a sentence that names the variable.

    ``given``: values by lower-case names; other variables than levels are passed over.
    """
    found: dict[str, Level] = {}
    problems: list[str] = []
    for name, value in sorted(given.items()):
        if not name.startswith(PREFIX):
            continue
        logger = logger_of(name.removeprefix(PREFIX))
        if logger is None:
            problems.append(f"{name.upper()} names no component; {_advice(name.removeprefix(PREFIX))}.")
        try:
            level = _LEVEL.validate_python(value)
        except ValidationError:
            problems.append(f"{name.upper()} is no level; write DEBUG, INFO, WARNING, ERROR or CRITICAL.")
            continue
        if logger is not None:
            found[logger] = level
    return found, tuple(problems)


def logger_of(component: str) -> str | None:
    """Return a component's logger, None where there is none: ``skills_chat`` is ``botpod.skills.chat``."""
    if component == "botpod":
        return component
    first, _, rest = component.removeprefix("botpod_").partition("_")
    below = f".{rest.replace('_', '.')}" if rest else ""
    if first in OURS:
        return f"botpod.{first}{below}"
    return f"{first}{below}" if first in LIBRARIES and not component.startswith("botpod_") else None


def _advice(component: str) -> str:
    near = get_close_matches(component, (*OURS, *LIBRARIES), n=1)
    if near:
        return f"rename it to {(PREFIX + near[0]).upper()}"
    return f"the bot's are {', '.join(OURS)}, and a library's name is one too"
