"""What is said of variables that this bot doesn't read: misspelt ones, and those of earlier bots. Pure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from botpod.environment.levels import PREFIX
from botpod.environment.variables import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_API = "this version has no HTTP interface that asks for a key"
_PROJECTS = "this version makes no projects"
_KNOWLEDGE = "this version has no knowledge base"
UNUSED: Mapping[str, str] = {
    "allowed_origins": _API,
    "analytics_api_key": _API,
    "api_key_header": _API,
    "rate_limit_requests": "it was the HTTP interface's; people's limit in chat is MESSAGES_PER_USER",
    "rate_limit_window": "it was the HTTP interface's; people's window in chat is MESSAGES_WINDOW_SECONDS",
    "github_token": _PROJECTS,
    "github_pat": _PROJECTS,
    "github_username": _PROJECTS,
    "sentry_dsn": "this version reports errors in its log, on /api/metrics and to Prometheus",
    "pinecone_api_key": _KNOWLEDGE,
    "embedding_model": _KNOWLEDGE,
    "llama_cloud_api_key": _KNOWLEDGE,
}
"""Names of earlier bots, and why this one doesn't read them."""
_SURE = 0.8
"""How alike two names must be, of 1: DISCORD_TOKN is, GUILD_TOKEN isn't."""


def unread(names: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence for each of the lower-case ``names`` that looks as if it were meant for us."""
    return tuple(said for name in names if (said := why_unread(name)) is not None)


def why_unread(name: str) -> str | None:
    """Return why a variable isn't read, None where it is, or is nothing of ours."""
    shown = name.upper()
    if name in KNOWN or name.startswith(PREFIX):
        return None
    if name in UNUSED:
        return f"{shown} is not read: {UNUSED[name]}."
    near = get_close_matches(name, sorted(KNOWN), n=1, cutoff=_SURE)
    return f"{shown} is not known; if it is meant to be {near[0].upper()}, rename it." if near else None
