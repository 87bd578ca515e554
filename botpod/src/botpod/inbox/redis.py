"""The inbox and the ledger in Redis; raises :class:`botpod.errors.Transient` while it is away."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from botpod.errors import LeaseLost
from botpod.inbox import scripts
from botpod.inbox.port import Claim, Entry
from botpod.state.redisstore import ALIVE, new_attempt
from botpod.state.text import session_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botpod.inbox.port import NewEvent
    from botpod.state.port import Lease, Session
    from botpod.state.redisstore import RedisStore

type Handled = Mapping[str, Entry | None]
"""Events by their names in the ledger, each with its entry in an inbox, if it has one."""

KEPT_MILLISECONDS = 3_600_000
"""How long it is known who was on an event, or that it is done: longer than anybody may answer one."""


class RedisInbox:
    """One bot's events, shared by its pods."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self._alive = store.key(ALIVE)

    def _inbox(self, shard: int, count: int | None) -> str:
        return self._store.of_set(f"inbox:{shard}", count=count)

    def _event(self, event: str) -> str:
        return self._store.key(f"event:{event}")

    def _said(self, event: str) -> str:
        return self._store.key(f"said:{event}")

    async def take(
        self,
        lease: Lease,
        events: Sequence[NewEvent],
        session: Session,
        *,
        handled: Handled = MappingProxyType({}),
    ) -> tuple[Entry, ...]:
        """See :class:`botpod.inbox.port.Inbox`; ``handled`` is settled in the same step."""
        keys = [*map(self._store.of_set, ("fence", "owner", "session")), self._inbox(lease.shard, None)]
        keys += [self._alive, *self._settled(handled)]
        keys += [self._event(one.claim) for one in events if one.claim]
        ours = (self._store.pod, lease.shard, lease.fence, session_text(session))
        each = [value for one in events for value in (int(one.claim is not None), one.text)]
        told: tuple[str | int, ...] = (len(handled), *_ids(handled))
        taken = await self._store.run(
            scripts.TAKE, keys, *ours, new_attempt(), KEPT_MILLISECONDS, *told, *each
        )
        if taken is None:
            raise LeaseLost(f"Shard {lease.shard} belongs to another pod by now.")
        return tuple(
            Entry(shard=lease.shard, id=name, text=one.text, claim=Claim[claim.upper()] if claim else None)
            for one, name, claim in zip(events, taken[::2], taken[1::2], strict=True)
        )

    async def left(self, shard: int, *, count: int | None = None) -> tuple[Entry, ...]:
        """See :class:`botpod.inbox.port.Inbox`."""
        entries = await self._store.run(scripts.LEFT, [self._inbox(shard, count)], KEPT_MILLISECONDS)
        return tuple(Entry(shard=shard, id=name, text=text, count=count) for name, (_, text) in entries)

    async def discard(self, entry: Entry) -> None:
        """See :class:`botpod.inbox.port.Inbox`."""
        await self._store.ask(lambda redis: redis.xdel(self._inbox(entry.shard, entry.count), entry.id))

    async def claim(self, event: str) -> Claim:
        """See :class:`botpod.inbox.port.Ledger`."""
        keys = [self._event(event), self._alive]
        claim = await self._store.run(scripts.CLAIM, keys, self._store.pod, new_attempt(), KEPT_MILLISECONDS)
        return Claim[claim.upper()]

    async def said(self, event: str) -> Mapping[int, int]:
        """See :class:`botpod.inbox.port.Ledger`."""
        found = await self._store.ask(lambda redis: redis.hgetall(self._said(event)))
        return {int(part): int(message) for part, message in found.items()}

    async def note(self, event: str, part: int, message: int) -> None:
        """See :class:`botpod.inbox.port.Ledger`."""
        await self._store.run(scripts.NOTE, [self._said(event)], part, message, KEPT_MILLISECONDS)

    async def holds(self, event: str) -> bool:
        """See :class:`botpod.inbox.port.Ledger`."""
        holder = await self._store.ask(lambda redis: redis.get(self._event(event)))
        return str(holder or "").partition(" ")[0] == self._store.pod

    async def settle(self, handled: Handled) -> None:
        """Note of events that each was handled, and take their entries out of their inboxes."""
        await self._store.run(scripts.SETTLE, self._settled(handled), KEPT_MILLISECONDS, *_ids(handled))

    def _settled(self, handled: Handled) -> list[str]:
        return [
            key
            for event, entry in handled.items()
            for key in (
                self._event(event),
                self._inbox(entry.shard, entry.count) if entry else self._inbox(0, None),
                self._said(event),
            )
        ]

    async def let_go(self, event: str) -> None:
        """See :class:`botpod.inbox.port.Ledger`."""
        await self._store.run(scripts.LET_GO, [self._event(event)], self._store.pod, KEPT_MILLISECONDS)

    async def live(self) -> str:
        """Say that this pod lives; return which Redis heard it."""
        return str(await self._store.run(scripts.LIVE, [self._alive], self._store.pod, self._store.lease))

    async def leave(self) -> None:
        """See :class:`botpod.inbox.port.Inbox`."""
        await self._store.ask(lambda redis: redis.zrem(self._alive, self._store.pod))


def _ids(handled: Handled) -> list[str]:
    return [entry.id if entry else "" for entry in handled.values()]
