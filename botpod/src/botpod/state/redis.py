"""The hot state in Redis: one round trip a call; raises :class:`botpod.errors.Transient`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from botpod.errors import Transient
from botpod.state import scripts
from botpod.state.line import PATIENCE_SECONDS
from botpod.state.port import MOST_DIRECT, Lease, Serving, Verdict, View
from botpod.state.redisstore import CALL_SECONDS, MICRO, new_attempt
from botpod.state.text import session_in, session_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from botpod.state.port import Session
    from botpod.state.redisstore import RedisStore


SET_SECONDS = 60
"""How long a set of shards is known whose pods are gone: a pod that crashed comes back sooner."""
PLACE_SECONDS = 3600
"""How long it is known that a set had a pod in some place."""


class RedisState:
    """What pods share, in one store."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self.pod = store.pod
        self._freed = store.key("freed")
        self._seen: str | None = None
        """Up to where it was read what others gave up."""

    async def hit(self, key: str, *, limit: int, window: float) -> Verdict:
        """See :class:`botpod.state.port.RateWindows`."""
        keys = [self._store.key(f"hits:{key}"), self._store.key(f"noticed:{key}")]
        allowed, notify, wait = await self._store.run(
            scripts.HIT, keys, limit, round(window * MICRO), new_attempt()
        )
        return Verdict(allowed=bool(allowed), notify=bool(notify), retry_after=wait / MICRO)

    async def lock(self, name: str, *, ttl: float) -> bool:
        """See :class:`botpod.state.port.Locks`."""
        keys = [self._store.key(f"lock:{name}")]
        return bool(await self._store.run(scripts.LOCK, keys, new_attempt(), round(ttl * 1000)))

    async def turn(self, bucket: int, ticket: str, *, interval: float, take: bool) -> float:
        """See :class:`botpod.state.port.IdentifyQueue`."""
        keys = [self._store.key(f"{name}:{bucket}") for name in ("line", "asked", "taken")]
        apart, patience = round(interval * MICRO), round(PATIENCE_SECONDS * MICRO)
        wait = await self._store.run(scripts.TURN, keys, ticket, apart, patience, new_attempt(), int(take))
        return float(wait) / MICRO

    async def wrote(self, channel: int) -> None:
        """See :class:`botpod.state.port.DirectChannels`."""
        await self._store.run(scripts.WROTE, [self._store.key("direct")], channel, MOST_DIRECT)

    async def written(self) -> Sequence[int]:
        """See :class:`botpod.state.port.DirectChannels`."""
        found = await self._store.ask(lambda redis: redis.zrange(self._store.key("direct"), 0, -1))
        return [int(channel) for channel in cast("list[str]", found)]

    async def count(self, proposal: int) -> int:
        """See :class:`botpod.state.port.Shards`."""
        await self._store.ask(lambda redis: redis.set(self._store.key("count"), proposal, nx=True))
        return int(await self._store.ask(lambda redis: redis.get(self._store.key("count"))) or proposal)

    @property
    def _shard_keys(self) -> list[str]:
        return [self._store.of_set(name) for name in ("until", "owner", "fence", "session")]

    def join(self, count: int) -> None:
        """See :class:`botpod.state.port.Shards`."""
        self._store.count = count

    async def serving(self, connected: Collection[int]) -> Serving:
        """See :class:`botpod.state.port.Shards`."""
        store = self._store
        known = (SET_SECONDS * MICRO, store.place, PLACE_SECONDS * MICRO)
        count, newer = await store.run(
            scripts.SERVING, [], store.prefix, store.count, store.lease, *known, *connected
        )
        return Serving(count=int(count), ours_is_newer=bool(newer))

    async def view(self) -> View:
        """See :class:`botpod.state.port.Shards`."""
        keys = [self._store.of_set("pods"), *self._shard_keys[:2]]
        pods, owners = await self._store.run(scripts.VIEW, keys, self.pod, self._store.lease)
        pairs = zip(owners[::2], owners[1::2], strict=True)
        return View(pods=tuple(pods), owners={int(shard): pod for shard, pod in pairs})

    async def acquire(self, shard: int) -> Lease | None:
        """See :class:`botpod.state.port.Shards`."""
        taken = await self._store.run(
            scripts.ACQUIRE, self._shard_keys, self.pod, shard, self._store.lease, new_attempt()
        )
        if taken is None:
            return None
        fence, session = taken
        return Lease(shard=shard, fence=fence, session=session_in(session))

    async def renew(self, leases: Sequence[Lease], sessions: Mapping[int, Session]) -> frozenset[int]:
        """See :class:`botpod.state.port.Shards`."""
        if not leases:
            return frozenset()
        each = [
            value
            for lease in leases
            for value in (lease.shard, lease.fence, session_text(sessions.get(lease.shard)))
        ]
        lost = await self._store.run(scripts.RENEW, self._shard_keys, self.pod, self._store.lease, *each)
        return frozenset(int(shard) for shard in lost)

    async def release(self, lease: Lease, session: Session | None) -> None:
        """See :class:`botpod.state.port.Shards`."""
        keys = [*self._shard_keys, self._freed]
        await self._store.run(
            scripts.RELEASE, keys, self.pod, lease.shard, lease.fence, session_text(session)
        )

    async def leave(self) -> None:
        """See :class:`botpod.state.port.Shards`."""
        await self._store.run(scripts.LEAVE, [self._store.of_set("pods"), self._freed], self.pod)

    async def change(self, seconds: float) -> None:
        """See :class:`botpod.state.port.Shards`."""
        if self._seen is None:
            last = await self._store.ask(lambda redis: redis.xrevrange(self._freed, count=1))
            self._seen = str(last[0][0]) if last else "0-0"
        seen = self._seen
        # The client gives up a call that takes CALL_SECONDS.
        block = max(1, round(min(seconds, CALL_SECONDS / 2) * 1000))
        found = await self._store.ask(lambda redis: redis.xread({self._freed: seen}, block=block))
        for _, entries in cast("list[tuple[str, list[tuple[str, object]]]]", found or []):
            self._seen = entries[-1][0]

    async def server(self) -> tuple[str, float]:
        """Return which Redis this is, and for how many seconds it has been running."""
        info = await self._store.ask(lambda redis: redis.info("server"))
        return str(info["run_id"]), float(info["uptime_in_seconds"])

    async def weaknesses(self) -> str | None:
        """Say what in Redis's settings may lose state, or nothing; also when it doesn't tell."""
        try:
            # Not CONFIG GET: who may use it reads the administrator's password as well.
            memory = await self._store.ask(lambda redis: redis.info("memory"))
            append = await self._store.ask(lambda redis: redis.info("persistence"))
        except Transient:
            return None
        wrong = [
            setting
            for setting, bad in (
                ("maxmemory-policy noeviction", memory.get("maxmemory_policy") != "noeviction"),
                ("appendonly yes", not append.get("aof_enabled")),
            )
            if bad
        ]
        return f"Redis may lose what it holds; set {' and '.join(wrong)} there." if wrong else None

    async def close(self) -> None:
        """Close the connections."""
        await self._store.close()
