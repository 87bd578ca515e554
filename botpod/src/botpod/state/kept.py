"""The hot state of a bot that runs in one process, with what the next one needs in its database."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, override

from botpod.errors import Transient
from botpod.state.local import LocalState
from botpod.state.port import Session
from botpod.state.text import session_in, session_text
from botpod.storage.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from botpod.state.port import Lease
    from botpod.storage.kept import KeptThings

log = logging.getLogger(__name__)

SESSION, DIRECT = "session", "direct"
DIRECT_SECONDS = 30 * 86_400.0
"""How long a direct channel is remembered."""


def _of_others(sessions: Iterable[Session | None]) -> Session | None:
    """Return what a shard that there wasn't before has heard: no more than any."""
    heard = [session.heard for session in sessions if session is not None and session.heard]
    if not heard:
        return None
    return Session(id="", sequence=0, resume_url="", shard_count=0, heard=min(heard), over=True)


class KeptState(LocalState):
    """While the database is away what is in memory counts, as it does without one."""

    def __init__(self, kept: KeptThings, *, pod: str, clock: Callable[[], float]) -> None:
        super().__init__(pod=pod, clock=clock)
        self._kept = kept
        self._told: dict[int, Session] = {}

    @override
    async def acquire(self, shard: int) -> Lease | None:
        lease = await super().acquire(shard)
        if lease is None:
            return None
        try:
            kept = {one.name: session_in(one.value) for one in await self._kept.all(SESSION)}
        except Transient as error:
            log.warning("Sessions can't be resumed: %s", error)
            return lease
        return replace(lease, session=kept.get(str(shard)) or _of_others(kept.values()))

    @override
    async def renew(self, leases: Sequence[Lease], sessions: Mapping[int, Session]) -> frozenset[int]:
        await self._tell(sessions)
        return await super().renew(leases, sessions)

    @override
    async def release(self, lease: Lease, session: Session | None) -> None:
        if session is not None:
            await self._tell({lease.shard: session})
        await super().release(lease, session)

    async def _tell(self, sessions: Mapping[int, Session]) -> None:
        # A quiet shard's changes only in when it was seen: not every renewal is worth a write.
        news = {
            shard: session
            for shard, session in sessions.items()
            if replace(session, seen=0.0) != self._told.get(shard)
        }
        if not news:
            return
        kept = [
            Kept(kind=SESSION, name=str(shard), value=session_text(session))
            for shard, session in news.items()
        ]
        try:
            await self._kept.change(keep=kept)
        except Transient as error:
            log.warning("Sessions can't be kept: %s", error)
        else:
            self._told |= {shard: replace(session, seen=0.0) for shard, session in news.items()}

    @override
    async def wrote(self, channel: int) -> None:
        await super().wrote(channel)
        try:
            await self._kept.change(keep=[Kept(kind=DIRECT, name=str(channel))])
            await self._kept.forget(DIRECT, older_than=DIRECT_SECONDS)
        except Transient as error:
            log.debug("A direct channel can't be kept: %s", error)

    @override
    async def written(self) -> Sequence[int]:
        try:
            kept = [int(one.name) for one in await self._kept.all(DIRECT)]
        except Transient:
            kept = []
        return list(dict.fromkeys((*await super().written(), *kept)))
