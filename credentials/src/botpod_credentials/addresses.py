"""Where credentials may be sent."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Addresses(BaseModel):
    """Everything that a credential may ever be sent to: all of it the class's, none the instance's.

    URLs have no slash at their end; None where the class has no such service. ``redis`` and ``postgresql``
    hold a user's name at most, never a password. ``…_ca`` are the certificates (PEM) that are trusted for one
    instead of the system's; ``…_logins`` says that what logs in there is ``user:password``, not a password.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    discord: str
    github: str
    openai: str
    anthropic: str
    azure_openai: str | None
    azure_api_version: str | None
    redis: str | None
    redis_ca: str | None = None
    redis_logins: bool = False
    postgresql: str | None
    postgresql_ca: str | None = None
    postgresql_logins: bool = False
