"""An answer's way out, closed once the event is another pod's."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from botpod.dispatch.passing import PassingPort
from botpod.errors import Rejected

if TYPE_CHECKING:
    from botpod.dispatch.port import EventPort
    from botpod.inbox.port import Ledger


class NotOurs(Rejected):
    """Another pod answers the event: it believed that this one was dead."""


class GuardedPort(PassingPort):
    """Asks the ledger before anything leaves; ``lost`` once another pod has the event.

    A process that was frozen wakes up in the middle of an answer that somebody else has finished. Whatever a
    skill makes of the refusal, nothing more of it leaves.
    """

    def __init__(self, port: EventPort, *, event: str, ledger: Ledger) -> None:
        super().__init__(port)
        self._event = event
        self._ledger = ledger
        self.lost = False

    async def _still_ours(self) -> None:
        self.lost = self.lost or not await self._ledger.holds(self._event)
        if self.lost:
            raise NotOurs("Another pod answers this event.")

    @override
    async def send(self, content: str, *, part: int = 0) -> int:
        await self._still_ours()
        return await super().send(content, part=part)

    @override
    async def edit(self, message_id: int, content: str) -> None:
        await self._still_ours()
        await super().edit(message_id, content)

    @override
    async def delete(self, message_id: int) -> None:
        await self._still_ours()
        await super().delete(message_id)

    @override
    async def notice(self, content: str) -> None:
        await self._still_ours()
        await super().notice(content)

    @override
    async def close(self, *, leave: bool = False) -> None:
        await super().close(leave=leave or self.lost)
