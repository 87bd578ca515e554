"""The inbox of a bot whose processes share PostgreSQL and no Redis: those that take posted interactions.

A posted interaction is written nowhere before it is acted on, here as with Redis: with the process that dies
over it it is lost, unless it is sent again; then whoever gets it takes over after the dead one's time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, override

from botpod.errors import Transient
from botpod.inbox.kept import SAID, TIDY_SECONDS
from botpod.inbox.local import DONE_SECONDS, LocalInbox
from botpod.inbox.port import Claim
from botpod.storage.claims import Found
from botpod.storage.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from botpod.inbox.port import Entry
    from botpod.storage.claims import Claims
    from botpod.storage.kept import KeptThings

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""For the database to say whose an event is: an interaction has three for its first answer."""
_CLAIMS = {
    Found.FREE: Claim.OURS,
    Found.LEFT: Claim.INHERITED,
    Found.HELD: Claim.ELSEWHERE,
    Found.DONE: Claim.DONE,
}


class ClaimedInbox(LocalInbox):
    """While the database is away each process answers what it is sent, as if it were alone.

    ``clock`` is monotonic; ``seconds``: for how long a claim is good.
    """

    def __init__(
        self, claims: Claims, kept: KeptThings, *, seconds: float, clock: Callable[[], float]
    ) -> None:
        super().__init__(clock=clock)
        self._claims = claims
        self._kept = kept
        self._seconds = seconds
        self._clock = clock
        self._lived_at = self._tidied_at = clock()
        self._doubtful: set[str] = set()
        self._parts: defaultdict[str, set[int]] = defaultdict(set)
        """Which parts of an answer are noted."""

    @override
    async def claim(self, event: str) -> Claim:
        known = await super().claim(event)
        if known is not Claim.OURS:
            return known
        found = await self._ask(self._claims.claim(event))
        claim = Claim.OURS if found is None else _CLAIMS[found]
        if claim is Claim.DONE:
            await super().settle(event, None)
        elif claim is Claim.ELSEWHERE:
            await super().let_go(event)
        return claim

    @override
    async def said(self, event: str) -> Mapping[int, int]:
        said: dict[int, int] = {}
        for one in await self._ask(self._kept.all(SAID)) or ():
            name, _, part = one.name.rpartition(".")
            if name == event:
                said[int(part)] = int(one.value)
        self._parts[event] |= said.keys()
        return said

    @override
    async def note(self, event: str, part: int, message: int) -> None:
        self._parts[event].add(part)
        await self._ask(self._kept.change(keep=[Kept(kind=SAID, name=f"{event}.{part}", value=str(message))]))

    @override
    async def holds(self, event: str) -> bool:
        if event in self._doubtful or self._silent():
            return await super().holds(event) and await self._ask(self._claims.holds(event)) is not False
        return await super().holds(event)

    @override
    async def settle(self, event: str, entry: Entry | None) -> None:
        await super().settle(event, entry)
        self._doubtful.discard(event)
        await self._ask(self._claims.settle(event))
        if drop := [Kept(kind=SAID, name=f"{event}.{part}") for part in self._parts.pop(event, ())]:
            await self._ask(self._kept.change(drop=drop))

    @override
    async def let_go(self, event: str) -> None:
        await super().let_go(event)
        self._doubtful.discard(event)
        self._parts.pop(event, None)
        await self._ask(self._claims.let_go([event]))

    @override
    async def live(self) -> None:
        now = self._clock()
        if self._silent():
            # This process was held up: somebody may have taken what it was on.
            self._doubtful |= self.held
        if self.held:
            await self._ask(self._claims.live(self.held))
        self._lived_at = now
        if now - self._tidied_at >= TIDY_SECONDS:
            self._tidied_at = now
            await self._ask(self._claims.forget(older_than=DONE_SECONDS))
            await self._ask(self._kept.forget(SAID, older_than=DONE_SECONDS))

    @override
    async def leave(self) -> None:
        if self.held:
            await self._ask(self._claims.let_go(self.held))

    def _silent(self) -> bool:
        return self._clock() - self._lived_at >= self._seconds

    async def _ask[T](self, work: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await work
        except (Transient, TimeoutError) as error:
            log.warning("Whose events are can't be asked or told: %s", error or "the database is slow")
            return None
