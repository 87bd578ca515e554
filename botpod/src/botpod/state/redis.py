"""The hot state in Redis: one round trip a call, with a time-out; raises :class:`botpod.errors.Transient`."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, override
from urllib.parse import urlsplit, urlunsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import RedisError

from botpod.errors import Rejected, Transient
from botpod.state import scripts
from botpod.state.port import Lease, Session, Verdict, View
from botpod.state.redisrest import RedisRestWindows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

CALL_SECONDS = 1.0
"""How long one answer may take; an interaction has three seconds for everything."""
CONNECTIONS = 32
_MICRO = 1_000_000


class _Password(CredentialProvider):
    """Asks for the password at every new connection, so that a changed one is taken up by itself."""

    def __init__(self, read: Callable[[], str], user: str | None) -> None:
        self._read = read
        self._user = user

    @override
    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        return (self._user, self._read()) if self._user else (self._read(),)


def connect(url: str, *, password: Callable[[], str] | None = None) -> Redis:
    """Return a client for ``url`` that fails fast; it connects when it is first used.

    With ``password`` the URL's user, if any, logs in with what that returns at each connection.
    """
    parts = urlsplit(url)
    provider = None if password is None else _Password(password, parts.username)
    if provider is not None:
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=CALL_SECONDS,
        socket_timeout=CALL_SECONDS,
        socket_connect_timeout=CALL_SECONDS,
        retry=Retry(NoBackoff(), 1),
        decode_responses=True,
        **({} if provider is None else {"credential_provider": provider}),
    )
    return Redis(connection_pool=pool)


class RedisState:
    """All of a bot's keys begin with its identity; ``pod`` must be another after every restart."""

    def __init__(self, redis: Redis, *, bot: str, pod: str, lease_seconds: float) -> None:
        self._redis = redis
        self._prefix = f"botpod:{{{bot}}}:"
        self.pod = pod
        self.rest = RedisRestWindows(redis, prefix=self._prefix, pod=pod)
        self._lease = round(lease_seconds * _MICRO)
        self._scripts = {
            source: redis.register_script(source)
            for source in (
                scripts.HIT,
                scripts.VIEW,
                scripts.ACQUIRE,
                scripts.RENEW,
                scripts.RELEASE,
                scripts.RESERVE,
            )
        }
        self._shard_keys = [self._key(name) for name in ("until", "owner", "fence", "session")]

    def _key(self, name: str) -> str:
        return self._prefix + name

    async def _ask[T](self, call: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(1.5 * CALL_SECONDS):
                return await call
        except Rejected as error:
            # Its password's file is missing: that may be mended, as everything else here.
            raise Transient(str(error)) from None
        except (RedisError, OSError, TimeoutError) as error:
            raise Transient(f"Redis does not answer: {type(error).__name__}: {error}") from None

    async def _run(self, source: str, keys: Sequence[str], *arguments: str | float) -> Any:
        return await self._ask(self._scripts[source](keys=list(keys), args=list(arguments)))

    async def hit(self, key: str, *, limit: int, window: float) -> Verdict:
        """See :class:`botpod.state.port.RateWindows`."""
        keys = [self._key(f"hits:{key}"), self._key(f"noticed:{key}")]
        allowed, notify, wait = await self._run(
            scripts.HIT, keys, limit, round(window * _MICRO), secrets.token_hex(8)
        )
        return Verdict(allowed=bool(allowed), notify=bool(notify), retry_after=wait / _MICRO)

    async def claim(self, event: str, *, ttl: float) -> bool:
        """See :class:`botpod.state.port.Ledger`."""
        return await self._take(f"seen:{event}", ttl)

    async def lock(self, name: str, *, ttl: float) -> bool:
        """See :class:`botpod.state.port.Locks`."""
        return await self._take(f"lock:{name}", ttl)

    async def _take(self, name: str, ttl: float) -> bool:
        taken = self._redis.set(self._key(name), self.pod, nx=True, px=round(ttl * 1000))
        return bool(await self._ask(taken))

    async def reserve(self, bucket: int, *, interval: float) -> float:
        """See :class:`botpod.state.port.IdentifyQueue`."""
        keys = [self._key(f"turn:{bucket}")]
        wait = await self._run(scripts.RESERVE, keys, round(interval * _MICRO))
        return float(wait) / _MICRO

    async def count(self, proposal: int) -> int:
        """See :class:`botpod.state.port.Shards`."""
        await self._ask(self._redis.set(self._key("count"), proposal, nx=True))
        return int(await self._ask(self._redis.get(self._key("count"))) or proposal)

    async def view(self) -> View:
        """See :class:`botpod.state.port.Shards`."""
        keys = [self._key("pods"), *self._shard_keys[:2]]
        pods, owners = await self._run(scripts.VIEW, keys, self.pod, self._lease)
        pairs = zip(owners[::2], owners[1::2], strict=True)
        return View(pods=tuple(pods), owners={int(shard): pod for shard, pod in pairs})

    async def acquire(self, shard: int) -> Lease | None:
        """See :class:`botpod.state.port.Shards`."""
        taken = await self._run(scripts.ACQUIRE, self._shard_keys, self.pod, shard, self._lease)
        if taken is None:
            return None
        fence, session = taken
        return Lease(shard=shard, fence=fence, session=_session(session))

    async def renew(self, leases: Sequence[Lease], sessions: Mapping[int, Session]) -> frozenset[int]:
        """See :class:`botpod.state.port.Shards`."""
        if not leases:
            return frozenset()
        each = [
            value
            for lease in leases
            for value in (lease.shard, lease.fence, _text(sessions.get(lease.shard)))
        ]
        lost = await self._run(scripts.RENEW, self._shard_keys, self.pod, self._lease, *each)
        return frozenset(int(shard) for shard in lost)

    async def release(self, lease: Lease, session: Session | None) -> None:
        """See :class:`botpod.state.port.Shards`."""
        await self._run(scripts.RELEASE, self._shard_keys, self.pod, lease.shard, lease.fence, _text(session))

    async def leave(self) -> None:
        """See :class:`botpod.state.port.Shards`."""
        await self._ask(self._redis.zrem(self._key("pods"), self.pod))

    async def uptime(self) -> float:
        """Return for how many seconds this Redis has been running."""
        info = await self._ask(self._redis.info("server"))
        return float(info["uptime_in_seconds"])

    async def weaknesses(self) -> str | None:
        """Say what in Redis's settings may lose state, or nothing; also when it doesn't tell."""
        try:
            policy = await self._ask(self._redis.config_get("maxmemory-policy"))
            append = await self._ask(self._redis.config_get("appendonly"))
        except Transient:
            return None
        wrong = [
            setting
            for setting, bad in (
                ("maxmemory-policy noeviction", policy.get("maxmemory-policy") != "noeviction"),
                ("appendonly yes", append.get("appendonly") != "yes"),
            )
            if bad
        ]
        return f"Redis may lose what it holds; set {' and '.join(wrong)} there." if wrong else None

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose(close_connection_pool=True)


def _text(session: Session | None) -> str:
    return "" if session is None else json.dumps(asdict(session))


def _session(text: str | None) -> Session | None:
    return Session(**json.loads(text)) if text else None
