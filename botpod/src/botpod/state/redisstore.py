"""One bot's part of a Redis: its keys, and calls that end in time."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from typing import TYPE_CHECKING, Any, cast, override
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import (
    BusyLoadingError,
    MasterDownError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from botpod.errors import Rejected, Transient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

CALL_SECONDS = 1.0
"""How long one answer may take; an interaction has three seconds for everything."""
CONNECTIONS = 32
MICRO = 1_000_000
ALIVE = "alive"
"""A sorted set: the pods that live, or have lately → until when."""
NOT_MASTER = ("READONLY", "MASTERDOWN", "NOREPLICAS", "UNBLOCKED")
"""How a Redis refuses that isn't the master, or no longer; its address may lead to another one by now."""


class _Password(CredentialProvider):
    """Asks for the password at every new connection, so that a changed one is taken up by itself."""

    def __init__(self, read: Callable[[], str], user: str | None, *, logins: bool) -> None:
        self._read = read
        self._user = user
        self._logins = logins

    @override
    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        if self._logins:
            user, _, password = self._read().partition(":")
            return user, password
        return (self._user, self._read()) if self._user else (self._read(),)

    @override
    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        return self.get_credentials()


def connect(
    url: str, *, password: Callable[[], str] | None = None, logins: bool = False, ca: str | None = None
) -> Redis:
    """Return a client for ``url`` that fails fast; it connects when it is first used.

    With ``password`` the URL's user, if any, logs in with what that returns at each connection; with
    ``logins`` that is ``user:password``. ``ca`` are the certificates (PEM) that a ``rediss`` URL trusts.
    """
    parts = urlsplit(url)
    provider = None if password is None else _Password(password, parts.username, logins=logins)
    if provider is not None:
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    pool = ConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        socket_timeout=CALL_SECONDS,
        socket_connect_timeout=CALL_SECONDS,
        retry=Retry(NoBackoff(), 1),
        decode_responses=True,
        **({} if provider is None else {"credential_provider": provider}),
        **({"ssl_ca_data": ca} if ca is not None and parts.scheme == "rediss" else {}),
    )
    return Redis(connection_pool=pool)


def _not_master(error: RedisError) -> bool:
    if isinstance(error, (ReadOnlyError, MasterDownError, BusyLoadingError)):
        return True
    # By the text: the client has no class for these, and Redis 6 wraps what a script met.
    return any(code in str(error) for code in NOT_MASTER)


def new_attempt() -> str:
    """Name one call, so that a script knows it again when its reply was lost and it is sent once more."""
    return secrets.token_hex(8)


class RedisStore:
    """All of a bot's keys begin with its identity.

    ``pod`` says where this process runs and, after the last hyphen, something new after every restart.
    """

    def __init__(self, redis: Redis, *, bot: str, pod: str, lease_seconds: float) -> None:
        self.redis = redis
        self.pod = pod
        self.place = pod.rpartition("-")[0] or pod
        self.lease_seconds = lease_seconds
        self.lease = round(lease_seconds * MICRO)
        self.prefix = f"botpod:{{{bot}}}:"
        self.count = 0
        self._names: dict[str, str] = {}
        """What Redis calls each script."""
        # The pool that waits for a free connection by itself costs more than the call.
        self._connections = asyncio.Semaphore(CONNECTIONS)
        self._closed = False

    def key(self, name: str) -> str:
        """Return the key of that name."""
        return self.prefix + name

    def of_set(self, name: str, *, count: int | None = None) -> str:
        """Return the key of that name among those of the set of shards, this pod's or that of ``count``."""
        return f"{self.prefix}{self.count if count is None else count}:{name}"

    async def ask[T](self, call: Callable[[Redis], Awaitable[T]]) -> T:
        """Return Redis's answer. Raises :class:`botpod.errors.Transient` where none comes in time."""
        try:
            async with asyncio.timeout(1.5 * CALL_SECONDS), self._connections:
                if self._closed:
                    raise Transient("Redis isn't asked any more: this process ends.")
                return await self._ask_master(call)
        except Rejected as error:
            # Its password's file is missing: that may be mended, as everything else here.
            raise Transient(str(error)) from None
        except (RedisError, OSError, TimeoutError) as error:
            raise Transient(f"Redis does not answer: {type(error).__name__}: {error}") from None

    async def _ask_master[T](self, call: Callable[[Redis], Awaitable[T]]) -> T:
        """Ask once more over a new connection where a Redis answers that isn't the master: it did nothing."""
        try:
            return await call(self.redis)
        except (ResponseError, BusyLoadingError) as error:
            if not _not_master(error):
                raise
        # They stay open to a master that was demoted. Those in use are closed when they are refused too.
        await self.redis.connection_pool.disconnect(inuse_connections=False)
        return await call(self.redis)

    async def run(self, source: str, keys: Sequence[str], *arguments: str | float) -> Any:
        """Run a script; raises as :meth:`ask`."""
        name = self._names.get(source)
        if name is None:
            name = self._names[source] = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

        async def run(redis: Redis) -> Any:
            execute = cast("Callable[..., Awaitable[Any]]", redis.execute_command)
            try:
                return await execute("EVALSHA", name, len(keys), *keys, *arguments)
            except NoScriptError:
                return await execute("EVAL", source, len(keys), *keys, *arguments)

        return await self.ask(run)

    async def probe(self) -> None:
        """Write something: one that is full, or has no master, answers what is only read."""
        await self.ask(lambda redis: redis.set(self.key("probe"), self.pod, px=1000))

    async def close(self) -> None:
        """Close the connections, once nobody uses one any more."""
        self._closed = True
        for _ in range(CONNECTIONS):
            await self._connections.acquire()
        await self.redis.aclose(close_connection_pool=True)
        for _ in range(CONNECTIONS):
            self._connections.release()
