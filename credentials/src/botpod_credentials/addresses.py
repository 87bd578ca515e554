"""Where credentials may be sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Everything that a credential may ever be sent to: all of it the class's, none the instance's.

    URLs have no slash at their end; None where the class has no such service. ``redis`` and ``postgresql``
    hold a user's name at most, never a password.
    """

    discord: str
    github: str
    openai: str
    anthropic: str
    azure_openai: str | None
    azure_api_version: str | None
    redis: str | None
    postgresql: str | None
