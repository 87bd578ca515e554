"""What a schema can't say: references between fields, addresses, files. Each check yields sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from botpod.config.raw import find, text, texts
from botpod.config.schema import CredentialKind, DiscordSection, Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

type Check = Callable[[Any], Iterator[str]]

_DISCORD_CREDENTIAL: str = DiscordSection.model_fields["credential"].default
_SECRETS = "a password must not stand in this file; name a credential instead"


def duplicates(data: Any) -> Iterator[str]:
    """Names that must be unique."""
    for section in (("credentials", "keys"), ("models",), ("skills",)):
        first: dict[str, str] = {}
        for path, name in texts(data, *section, "*", "name"):
            if name in first:
                yield f'{path} is "{name}", as {first[name]} is; give each its own name.'
            first.setdefault(name, path)


def unlisted_credentials(data: Any) -> Iterator[str]:
    """Credentials that are used but not listed, or are of the wrong kind."""
    kinds = {
        entry["name"]: entry.get("kind")
        for _, entry in find(data, "credentials", "keys", "*")
        if isinstance(entry, dict) and isinstance(entry.get("name"), str)
    }
    used = [
        (
            "discord.credential",
            text(data, "discord", "credential", default=_DISCORD_CREDENTIAL),
            "DiscordToken",
        )
    ]
    for path, entry in find(data, "models", "*"):
        if isinstance(entry, dict) and isinstance(entry.get("credential"), str):
            used.append((f"{path}.credential", entry["credential"], str(entry.get("provider"))))
    for store, wanted in (("sql", CredentialKind.POSTGRESQL), ("redis", CredentialKind.REDIS)):
        used += [(path, name, wanted.value) for path, name in texts(data, "state", store, "credential")]
    used += [(path, name, "Opaque") for path, name in texts(data, "server", "metricsCredential")]
    for path, name, kind in used:
        if name not in kinds:
            yield f'{path} names "{name}", which is not listed; add it to credentials.keys.'
        elif kind in CredentialKind and kinds[name] not in {kind, CredentialKind.OPAQUE}:
            yield f'{path} names "{name}", which is of kind {kinds[name]}; use one of kind {kind}.'


def providers(data: Any) -> Iterator[str]:
    """What each provider needs and takes."""
    for path, entry in find(data, "models", "*"):
        if not isinstance(entry, dict):
            continue
        provider = entry.get("provider")
        if provider == Provider.AZURE_OPENAI and not entry.get("apiVersion"):
            yield f"{path}.apiVersion is missing; AzureOpenAI needs one, such as 2024-10-21."
        if provider in {Provider.OPENAI, Provider.ANTHROPIC} and entry.get("apiVersion"):
            yield f"{path}.apiVersion is for AzureOpenAI only; remove it."
        if provider in {Provider.AZURE_OPENAI, Provider.ANTHROPIC} and not entry.get("credential"):
            yield f"{path}.credential is missing; {provider} needs one, so name one of credentials.keys."


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def addresses(data: Any) -> Iterator[str]:
    """URLs without a scheme or a host, and passwords in them."""
    for path, url in (*texts(data, "discord", "apiUrl"), *texts(data, "models", "*", "baseUrl")):
        parts = _split(url)
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            yield f"{path} is not a whole address; write one that begins with https:// (or http://)."
        elif parts.username or parts.password:
            yield f"{path} holds a user or a password; {_SECRETS}."
    for path, url in texts(data, "state", "redis", "url"):
        parts = _split(url)
        if parts is None or parts.scheme not in {"redis", "rediss", "unix"}:
            yield f"{path} has no known scheme; write redis://host:6379/0 (or rediss://, unix://)."
        elif parts.password:
            yield f"{path} holds a password; {_SECRETS} in state.redis.credential."
    for path, url in texts(data, "state", "sql", "url"):
        parts = _split(url)
        if parts is None or parts.scheme not in {"sqlite+aiosqlite", "postgresql+asyncpg"}:
            yield f"{path} has no known scheme; write sqlite+aiosqlite:////path or postgresql+asyncpg://user@host/name."
        elif parts.password:
            yield f"{path} holds a password; {_SECRETS} in state.sql.credential."


def shards(data: Any) -> Iterator[str]:
    """``Fixed`` needs a count, ``Auto`` takes none, and without a gateway there is nothing to count."""
    by_http = text(data, "discord", "delivery", default="Gateway") == "Interactions"
    for path, section in find(data, "discord", "shards"):
        if by_http:
            yield f"{path} is for the delivery Gateway; remove it, or set discord.delivery to Gateway."
        if not isinstance(section, dict):
            continue
        if section.get("mode") == "Fixed" and section.get("count") is None:
            yield f"{path}.count is missing; the mode Fixed needs one."
        if section.get("mode", "Auto") == "Auto" and section.get("count") is not None:
            yield f"{path}.count is for the mode Fixed; remove it, set minimum, or set mode to Fixed."


def ports(data: Any) -> Iterator[str]:
    """Two servers can't share a port."""
    public, internal = (
        next((value for _, value in find(data, "server", key)), default)
        for key, default in (("publicPort", 8080), ("internalPort", 9090))
    )
    if public == internal and public != 0:
        yield f"server.internalPort is {internal}, as server.publicPort is; give each its own port."


CHECKS: tuple[Check, ...] = (duplicates, unlisted_credentials, providers, addresses, shards, ports)
"""Checks that look at nothing but the file itself."""
