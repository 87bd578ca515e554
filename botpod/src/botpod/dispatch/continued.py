"""An answer's way out that goes on where another pod ended, in the same messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from botpod.dispatch.passing import PassingPort
from botpod.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod.dispatch.port import EventPort
    from botpod.inbox.port import Ledger


class ContinuedPort(PassingPort):
    """Remembers in the ledger which message each part is, once there is more to come.

    ``said`` are those of who began the answer: part → message. The first part alone isn't worth a note:
    whoever begins again is given the same message, by its nonce or as the interaction's only answer.
    """

    def __init__(self, port: EventPort, *, event: str, ledger: Ledger, said: Mapping[int, int]) -> None:
        super().__init__(port)
        self._event = event
        self._ledger = ledger
        self._said = said
        self._parts = 0
        self._first: int | None = None
        """The first part's message, as long as that isn't noted."""

    @property
    def begun(self) -> bool:
        """Whether something of the answer was there before."""
        return bool(self._said)

    @override
    async def send(self, content: str, *, part: int = 0) -> int:
        await self.remember()
        self._parts = max(self._parts, part + 1)
        before = self._said.get(part)
        if before is not None and await self._replaced(before, content):
            return before
        message = await super().send(content, part=part)
        if part:
            await self._ledger.note(self._event, part, message)
        else:
            self._first = message
        return message

    async def _replaced(self, message: int, content: str) -> bool:
        try:
            await super().edit(message, content)
        except Rejected:
            # Somebody deleted it meanwhile.
            return False
        return True

    @override
    async def edit(self, message_id: int, content: str) -> None:
        await self.remember()
        await super().edit(message_id, content)

    async def remember(self) -> None:
        """Note what isn't yet, for whoever goes on."""
        if self._first is not None:
            first, self._first = self._first, None
            await self._ledger.note(self._event, 0, first)

    async def finish(self) -> None:
        """Take away what is left of a longer answer; where nothing was said all of it stays."""
        surplus = [message for part, message in self._said.items() if 0 < self._parts <= part]
        for message in surplus:
            await self.delete(message)
