"""Development, staging or production, and what differs between them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod.config.schema import Level
    from botpod.environment.variables import Environment, Variables

LEVELS: Mapping[Environment, Level] = {
    "development": "INFO",
    "staging": "INFO",
    "production": "WARNING",
}
DIRECTORIES: Mapping[Environment, str] = {
    "development": "data",
    "staging": "/var/lib/botpod",
    "production": "/var/lib/botpod",
}
"""Beside the sources while one develops, where Debian wants it otherwise."""


DEBUGGED: Mapping[str, Level] = {"nextcord": "INFO", "httpx2": "INFO"}
"""What ``DEBUG`` shows beside the bot's own: each request to the vendors, without what is in it."""


def stage(variables: Variables) -> tuple[Environment, tuple[str, ...]]:
    """Return which of the three it is, and a sentence where two variables contradict each other."""
    said, production = variables.environment, variables.production_mode
    if said is None:
        return ("production" if production else "development"), ()
    if production is None or production == (said == "production"):
        return said, ()
    both = f"PRODUCTION_MODE is {str(production).lower()} and ENVIRONMENT is {said}"
    return said, (f"{both}, which contradict each other; remove one of them.",)


def level(variables: Variables, environment: Environment) -> Level:
    """Return the least severe level that is logged: as said, else by ``DEBUG``, else as usual there."""
    return variables.log_level or ("DEBUG" if variables.debug else LEVELS[environment])
