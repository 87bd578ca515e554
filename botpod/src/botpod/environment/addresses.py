"""Databases' addresses as people write them, turned into those that the bot's drivers take. Pure.

The password leaves the address: it becomes a credential, which may be shown nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from urllib.parse import SplitResult

_POSTGRESQL = frozenset({"postgres", "postgresql"})
_SQLITE = frozenset({"sqlite", "sqlite3"})
_REDIS = frozenset({"redis", "rediss", "unix"})
_TLS_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
# What other drivers take and asyncpg doesn't: how they pool or encode, nothing that people notice here.
_OTHERS = frozenset(
    {
        *("channel_binding", "connect_timeout", "connection_limit", "gssencmode", "keepalives", "options"),
        *("pgbouncer", "pool_timeout", "pool_size", "schema", "target_session_attrs"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What may stand in a configuration, and beside it what may not."""

    url: str
    password: str | None = None


class NotAnAddress(ValueError):
    """The text says what is wrong and what to do; it follows the variable's name, and shows nothing of it."""


def database(text: str) -> Address:
    """Return the address of PostgreSQL or of an SQLite file; raises :class:`NotAnAddress`."""
    scheme = text.partition("://")[0].partition("+")[0].lower()
    if scheme in _SQLITE:
        return Address(url=_sqlite(text))
    if scheme not in _POSTGRESQL:
        raise NotAnAddress(
            "is of no known kind; write postgresql://host/name, with user and password before the host, or sqlite:///file"
        )
    parts = _split(text)
    password, query = _password(parts)
    if not parts.path.strip("/"):
        raise NotAnAddress("names no database; write it after the host, as in postgresql://host/name")
    return Address(
        url=_together("postgresql+asyncpg", parts, parts.path, _for_asyncpg(query)), password=password
    )


def redis(text: str) -> Address:
    """Return the address of Redis; raises :class:`NotAnAddress`."""
    scheme = text.partition("://")[0].lower()
    if scheme not in _REDIS:
        raise NotAnAddress("is of no known kind; write redis://host:6379/0, or rediss:// for TLS")
    parts = _split(text, host=scheme != "unix")
    password, query = _password(parts)
    return Address(url=_together(scheme, parts, parts.path, query), password=password)


def _sqlite(text: str) -> str:
    rest = text.partition("://")[2]
    file = rest.removeprefix("/").partition("?")[0]
    if not rest.startswith("/"):
        raise NotAnAddress("names no file; write sqlite:///bot.db, or sqlite:////var/lib/botpod/bot.db")
    if not file or file.startswith((":memory:", "file:")):
        raise NotAnAddress("names no file that lasts; write sqlite:///bot.db")
    if any(not one.isprintable() for one in file):
        raise NotAnAddress("has a line break or the like in it; write it anew")
    return f"sqlite+aiosqlite:///{file}"


def _split(text: str, *, host: bool = True) -> SplitResult:
    if any(one.isspace() or not one.isprintable() for one in text):
        raise NotAnAddress("has a blank in it; write it anew, without one")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise NotAnAddress(
            "can't be read; write special characters of the password by their codes: / is %2F, @ is %40"
        ) from None
    if parts.fragment or "#" in text:
        raise NotAnAddress("has a # in it; write that as %23")
    if host and not (parts.hostname or "host" in dict(parse_qsl(parts.query))):
        raise NotAnAddress("names no host; write it after //, or after the @")
    return parts


def _password(parts: SplitResult) -> tuple[str | None, list[tuple[str, str]]]:
    """Return the password, wherever it stood, and the query without it."""
    query = parse_qsl(parts.query, keep_blank_values=True)
    written = [value for key, value in query if key.lower() == "password"]
    password = unquote(parts.password) if parts.password else next(iter(written), None)
    return password or None, [(key, value) for key, value in query if key.lower() != "password"]


def _for_asyncpg(query: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    for key, value in query:
        if key == "sslmode":
            if value not in _TLS_MODES:
                raise NotAnAddress(
                    f"has another sslmode than {', '.join(sorted(_TLS_MODES))}; use one of them"
                )
            kept.append(("ssl", value))
        elif key == "application_name" or key in _OTHERS:
            continue
        elif key in {"ssl", "user", "host", "port"}:
            kept.append((key, value))
        else:
            raise NotAnAddress("has something after the ? that isn't known; keep sslmode=… alone")
    return kept


def _together(scheme: str, parts: SplitResult, path: str, query: Iterable[tuple[str, str]]) -> str:
    user = f"{quote(unquote(parts.username), safe='')}@" if parts.username else ""
    place = parts.netloc.rpartition("@")[2]
    said = urlencode(list(query))
    return f"{scheme}://{user}{place}{path}" + (f"?{said}" if said else "")
