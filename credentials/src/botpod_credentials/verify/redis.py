"""Redis: AUTH and PING, spoken here.

The client library would do, but importing it takes 23 MiB, a fifth of what the operator may use, for two
commands whose answers are one line each.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from botpod_credentials.verify.service import Service
from botpod_credentials.verify.troubles import words

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from botpod_credentials.verify.answers import Said

PORT = 6379
LONGEST_LINE = 4096
"""Bytes; an error of Redis has some hundred."""
DEFAULT_USER = "default"
_NO_REDIS = "its answer isn't that of a Redis; check {field} of the BotClass"
_LATER = frozenset({"LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"})


def redis(url: str) -> Service:
    """Return the Redis of the class."""
    return Service(
        name="Redis",
        address=url,
        field="spec.state.redis.url",
        noun="password",
        remedy="write the one that Redis has for this user, or correct the user in spec.state.redis.url",
    )


async def ask(
    service: Service,
    value: str,
    *,
    tls: Callable[[], ssl.SSLContext],
    seconds: float,
    user: str | None = None,
    ca: str | None = None,  # noqa: ARG001 - it is in ``tls``
) -> Said:
    """Log in as ``user``, else the URL's or the default one, and ping. Never raises."""
    try:
        async with asyncio.timeout(seconds):
            return await _talk(service, user, value, tls)
    except asyncio.LimitOverrunError:
        return service.unclear(_NO_REDIS.format(field=service.field))
    except Exception as error:  # noqa: BLE001 - no exception may leave: its text may hold the value
        return service.unclear(words(error, seconds=seconds))


def judge(service: Service, login: bytes, ping: bytes) -> Said:
    """Return what the answers to AUTH and PING say of the password; ``ping`` is empty where it wasn't asked.

    WRONGPASS stands for a wrong password and for an unknown or disabled user (Redis 6 and newer). A user who
    may do little gets NOPERM for PING, which only who is logged in can get.
    """
    if login.startswith(b"+OK"):
        if ping.startswith((b"+PONG", b"-NOPERM")):
            return service.accepted()
        return _unclear(service, ping)
    if login.startswith(b"-WRONGPASS"):
        return service.refused("WRONGPASS")
    return _unclear(service, login)


def _unclear(service: Service, line: bytes) -> Said:
    code = line.removeprefix(b"-").split(b" ", 1)[0].decode("ascii", "replace")
    if code in _LATER:
        return service.unclear(f"it answered {code}")
    if line.startswith(b"-"):
        return service.unclear("it answered with an error; the operator speaks to Redis 6 or newer")
    return service.unclear(_NO_REDIS.format(field=service.field))


async def _talk(service: Service, user: str | None, value: str, tls: Callable[[], ssl.SSLContext]) -> Said:
    parts = urlsplit(service.address)
    if not parts.hostname:
        return service.unclear(f"{service.field} of the BotClass names no host")
    context = tls() if parts.scheme == "rediss" else None
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or PORT, ssl=context, limit=LONGEST_LINE
    )
    try:
        # With the user's name even where it is the default one: that is how the bot logs in.
        user = user or unquote(parts.username or "") or DEFAULT_USER
        login = await _command(reader, writer, "AUTH", user, value)
        ping = await _command(reader, writer, "PING") if login.startswith(b"+OK") else b""
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return judge(service, login, ping)


async def _command(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *words: str) -> bytes:
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    writer.write(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in encoded))
    await writer.drain()
    return await reader.readuntil(b"\r\n")
